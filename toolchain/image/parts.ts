import { createHash } from "node:crypto";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../base/errors.ts";
import { confirm, type Session } from "../../base/session.ts";
import { mayUseSudo } from "../../base/sudo.ts";
import type { BringContext, Part } from "../part.ts";
import { hasPart, makePart, partDirectory } from "../partDirectory.ts";

const name = "base-image";
/** The image's name in the config. */
export const madeImage = "debian-12";
const file = `${madeImage}.qcow2`;

const script = join(import.meta.dirname, "build-image.sh");

const isRoot = (): boolean => process.getuid?.() === 0;

/** Debian packages with the tools that `build-image.sh` runs. */
export const imagePackages = [
  "mmdebstrap",
  "qemu-utils",
  "e2fsprogs",
  "fdisk",
  "grub-pc-bin",
] as const;

/** The progress texts for the stages that `build-image.sh` prints. */
const stages: Readonly<Record<string, string>> = {
  packages: "installing Debian's packages into the image",
  settings: "configuring the image for a lab's machines",
  disk: "creating a bootable disk",
  compress: "compressing the image",
};

/**
 * The base image, built from Debian's packages, with what nodes need besides hardway's own files.
 * The part's result is at `baseImagePath`: a qcow2 file of about 140 MB, whose virtual size is the
 * minimum disk size of a machine.
 */
export function imageParts(cache: string, session: Session): Part[] {
  return [
    {
      name,
      describe: "base image: Debian 12, kernel for virtual machines, cloud-init",
      from: "Debian's packages, made here",
      cpuMinutes: 4,
      consent: async () => {
        if (isRoot()) return;
        const question = `Building the base image needs root, because its files belong to root. Run sudo ${script}?`;
        if ((await confirm(session, question)) && (await mayUseSudo(session))) return;
        throw new UserError(
          `${name}: not built; set machines.image: ubuntu-24.04 to do without it`,
        );
      },
      present: async () => hasPart(cache, name, await imageKey()),
      bring: async (context) => {
        await makePart(
          { cache, name, key: await imageKey() },
          (directory) => build(directory, context),
          { signal: context.signal, onWait: context.report },
        );
      },
      check: async () => {
        const path = await baseImagePath(cache);
        const start = (await readFile(path)).subarray(0, 4).toString("latin1");
        if (start !== "QFI\xfb")
          throw new Error(`${path}: expected a qcow2 image, found another format`);
      },
    },
  ];
}

/** Absolute path of the built image, which exists once the part is installed. */
export async function baseImagePath(cache: string): Promise<string> {
  return join(partDirectory(cache, name, await imageKey()), file);
}

/** A key of 16 hexadecimal digits that changes with every file here that affects the image. */
export async function imageKey(directory: string = import.meta.dirname): Promise<string> {
  const hash = createHash("sha256");
  const all = await readdir(directory, { recursive: true });
  for (const path of all.sort()) {
    const full = join(directory, path);
    const found = await stat(full);
    if (!found.isFile() || path.endsWith(".ts")) continue;
    hash.update(`\0${path}\0${(found.mode & 0o111) === 0 ? "" : "executable"}\0`);
    hash.update(await readFile(full));
  }
  return hash.digest("hex").slice(0, 16);
}

/** @throws UserError with the script's message if this machine lacks something */
async function build(directory: string, { report, signal, log }: BringContext): Promise<void> {
  const argv = ["env", `TMPDIR=${directory}`, script, join(directory, file)];
  const [command = "", ...args] = isRoot() ? argv : ["sudo", ...argv];
  const running = execa(command, args, {
    cancelSignal: signal,
    reject: false,
    stdin: "ignore",
  });
  for await (const line of running.iterable()) report(stages[line] ?? line);
  const ended = await running;
  await appendFile(log, ended.stderr);
  signal.throwIfAborted();
  if (!ended.failed) return;
  const last = ended.stderr.trim().split("\n").slice(-5).join("\n");
  throw new UserError(
    `${name}: build-image.sh ended with ${ended.exitCode ?? ended.signal}: ${last}`,
  );
}
