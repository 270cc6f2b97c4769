import { dirname } from "node:path";
import type { HostFacts } from "../../plan/hypervisorProblems.ts";
import type { Runner } from "./runner.ts";

type PoolFacts = Pick<HostFacts, "poolFreeGiB" | "poolFault">;

const [typeBits, directoryBits, linkBits] = [0o170_000, 0o040_000, 0o120_000];

/** Whether the nearest existing path can hold a pool's directory, and the free space there. */
export async function poolFacts(runner: Runner, directory: string): Promise<PoolFacts> {
  const type = await typeOf(runner, directory);
  if (type === undefined) {
    return directory === "/" ? {} : poolFacts(runner, dirname(directory));
  }
  if (type !== directoryBits) return { poolFault: `${directory} is not a directory` };
  const mount = await runner([
    "findmnt",
    "--noheadings",
    "--output=OPTIONS",
    "--target",
    directory,
  ]);
  if (/^ro\b/.test(mount.stdout.trim())) {
    return { poolFault: `${directory} is on a file system that is mounted read-only` };
  }
  const { failure, stdout } = await runner(["df", "--block-size=1", "--output=avail", directory]);
  return failure === ""
    ? { poolFreeGiB: Number(stdout.trim().split(/\s+/).at(-1)) / 1024 ** 3 }
    : {};
}

/** Undefined if there is nothing. A link to nothing is a link, on which mkdir fails. */
async function typeOf(runner: Runner, path: string): Promise<number | undefined> {
  const bits = async (...options: readonly string[]) => {
    const { failure, stdout } = await runner(["stat", ...options, "--format=%f", path]);
    return failure === "" ? Number.parseInt(stdout, 16) & typeBits : undefined;
  };
  return (await bits("--dereference")) ?? ((await bits()) === linkBits ? linkBits : undefined);
}
