import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import { processesIn, removeCgroup } from "./cgroups.ts";

/** On a real file system: containerd's snapshots and the machines' overlays can't stand on tmpfs or on an overlay. */
const root = "/var/tmp/hardway-machines";

/** Where everything stands that a lab of container machines writes. */
export function labDirectory(lab: string): string {
  return join(root, lab);
}

/** The lab's cgroup, below the top of every hierarchy. */
export function labCgroup(lab: string): string {
  return `hardway-machines/${lab}`;
}

interface Owner {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process: with it, a number that was given out again tells itself. */
  readonly started: number;
}

/** Undefined where there is no such process. */
async function startOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Field 22, counted after the command's name, which may hold blanks and brackets.
  const field = text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  return field === undefined ? undefined : Number(field);
}

/** The process that owns a lab, if it lives. */
export async function livingOwner(lab: string): Promise<number | undefined> {
  const text = await readFile(join(labDirectory(lab), "owner.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const owner = JSON.parse(text) as Owner;
  return (await startOf(owner.pid)) === owner.started ? owner.pid : undefined;
}

/**
 * Makes this process the owner of a lab with an empty directory. What labs of ended owners left is removed first.
 *
 * @throws UserError where a living process owns it.
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
      expected: "a name that is free",
      remedy: "end that process, or take another name",
    });
  }
  const owner: Owner = { pid: process.pid, started: (await startOf(process.pid)) ?? 0 };
  await writeFile(join(labDirectory(lab), "owner.json"), JSON.stringify(owner));
}

/** Removes what is left of each lab whose owner has ended. The kernel has ended its processes and mounts already. */
export async function removeLeftovers(): Promise<void> {
  for (const lab of await readdir(root).catch(() => [])) {
    if ((await livingOwner(lab)) === undefined) await removeLab(lab);
  }
}

/** Waits until no process of the lab is left, then removes its cgroups and files. */
export async function removeLab(lab: string): Promise<void> {
  await poll(async () => ((await processesIn(labCgroup(lab))).length === 0 ? true : undefined), {
    what: `the processes of container machines ${lab} to end`,
    withinMs: 20_000,
    everyMs: 20,
  });
  await removeCgroup(labCgroup(lab));
  await rm(labDirectory(lab), { recursive: true, force: true });
  // The last lab takes what all labs share.
  await removeCgroup(dirname(labCgroup(lab))).catch(ignoreOtherLabs);
  await rmdir(root).catch(ignoreOtherLabs);
}

function ignoreOtherLabs(error: unknown): void {
  if (!["ENOTEMPTY", "EBUSY", "ENOENT"].includes(codeOf(error))) throw error;
}
