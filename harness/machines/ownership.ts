import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import { processesIn, removeCgroup } from "./cgroups.ts";

/**
 * On a real file system: containerd's snapshots and the machines' overlays do not work on tmpfs or
 * an overlay.
 */
const root = "/var/tmp/hardway-machines";

/** The directory of a lab of container machines. */
export function labDirectory(lab: string): string {
  return join(root, lab);
}

/** The lab's cgroup, relative to the root of every hierarchy. */
export function labCgroup(lab: string): string {
  return `hardway-machines/${lab}`;
}

interface Owner {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process, which detect a reused process id. */
  readonly started: number;
}

/** Undefined if the process does not exist. */
async function startOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Field 22, counted after the command's name, which may contain blanks and brackets.
  const field = text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  return field === undefined ? undefined : Number(field);
}

/** The id of the running process that owns a lab, if any. */
export async function livingOwner(lab: string): Promise<number | undefined> {
  const text = await readFile(join(labDirectory(lab), "owner.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const owner = JSON.parse(text) as Owner;
  return (await startOf(owner.pid)) === owner.started ? owner.pid : undefined;
}

/**
 * Makes this process the owner of a lab with an empty directory, after it has removed the labs of
 * ended owners.
 *
 * @throws UserError if a running process owns the lab
 */
export async function claimLab(lab: string): Promise<void> {
  await removeLeftovers();
  await mkdir(root, { recursive: true });
  try {
    await mkdir(labDirectory(lab));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new UserError({
      place: `container machines ${lab}`,
      found: `process ${(await livingOwner(lab)) ?? "unknown"} running them`,
      expected: "an unused name",
      remedy: "end that process, or choose another name",
    });
  }
  const owner: Owner = { pid: process.pid, started: (await startOf(process.pid)) ?? 0 };
  await writeFile(join(labDirectory(lab), "owner.json"), JSON.stringify(owner));
}

/**
 * Removes the labs whose owners have ended. The kernel has already removed their processes and
 * mounts.
 */
export async function removeLeftovers(): Promise<void> {
  for (const lab of await readdir(root).catch(() => [])) {
    if ((await livingOwner(lab)) === undefined) await removeLab(lab);
  }
}

/** Waits until the lab's processes have ended, then removes its cgroups and files. */
export async function removeLab(lab: string): Promise<void> {
  await poll(async () => ((await processesIn(labCgroup(lab))).length === 0 ? true : undefined), {
    what: `the processes of container machines ${lab} to end`,
    withinMs: 20_000,
    everyMs: 20,
  });
  await removeCgroup(labCgroup(lab));
  await rm(labDirectory(lab), { recursive: true, force: true });
  // The last lab removes the shared files.
  await removeCgroup(dirname(labCgroup(lab))).catch(ignoreOtherLabs);
  await rmdir(root).catch(ignoreOtherLabs);
}

function ignoreOtherLabs(error: unknown): void {
  if (!["ENOTEMPTY", "EBUSY", "ENOENT"].includes(codeOf(error))) throw error;
}
