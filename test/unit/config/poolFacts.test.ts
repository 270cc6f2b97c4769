import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tryRun } from "../../../base/run.ts";
import { poolFacts } from "../../../tools/place/poolFacts.ts";
import { isRoot } from "../remote/machine.ts";
import { temporaryDirectory } from "../tools/temporary.ts";

const here = ([command = "", ...args]: readonly string[]) => tryRun(command, args);
const faultOf = async (path: string) => (await poolFacts(here, path)).poolFault;

test("a pool below a directory has the space of its file system", async () => {
  const directory = temporaryDirectory();
  const { poolFreeGiB = 0, poolFault } = await poolFacts(here, join(directory, "a/b"));
  expect(poolFault).toBeUndefined();
  expect(poolFreeGiB).toBeGreaterThan(0);
});

test("a pool cannot be below something that is no directory", async () => {
  const directory = temporaryDirectory();
  const path = (name: string) => join(directory, name);
  writeFileSync(path("file"), "");
  symlinkSync(path("nowhere"), path("dangling"));
  mkdirSync(path("directory"));
  symlinkSync(path("directory"), path("link"));
  expect(await faultOf("/dev/null/x")).toBe("/dev/null is not a directory");
  expect(await faultOf(path("file/x/y"))).toBe(`${path("file")} is not a directory`);
  expect(await faultOf(path("dangling/x"))).toBe(`${path("dangling")} is not a directory`);
  expect(await faultOf(path("link/x"))).toBeUndefined();
});

/** Runs commands with a small file system at `directory`, in a mount namespace of its own. */
const onTmpfs = (directory: string, options: string) => (argv: readonly string[]) =>
  tryRun("unshare", [
    "--mount",
    "sh",
    "-c",
    `mount -t tmpfs -o ${options} small ${directory} && exec "$@"`,
    "sh",
    ...argv,
  ]);

test.skipIf(!isRoot)(
  "a full file system has no space, and a read-only one is no place",
  async () => {
    const directory = temporaryDirectory();
    const small = await poolFacts(onTmpfs(directory, "size=64k"), join(directory, "pool"));
    expect(small.poolFreeGiB).toBeLessThan(0.001);
    const fixed = await poolFacts(onTmpfs(directory, "ro"), join(directory, "pool"));
    expect(fixed.poolFault).toBe(`${directory} is on a file system that is mounted read-only`);
  },
);
