import { createHash } from "node:crypto";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { withLock } from "../../base/fileLock.ts";
import { labCommand } from "../../base/labCommand.ts";
import { cacheDir, labPaths } from "../../base/paths.ts";
import { poll } from "../../base/poll.ts";
import { run, tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { type LabProcess, processesMarked } from "./processes.ts";

type Need = Pick<Session, "stack" | "log" | "signal">;

/**
 * The name of the mount that every process of this lab has and no other: from the lab's directory, so that the same stack
 * name in another user's or test's state directory is another lab.
 */
export function markOf(stack: string): string {
  const directory = createHash("sha256").update(labPaths(stack).isolated).digest("hex");
  return `hardway-${stack}-${directory.slice(0, 12)}`;
}

/** What lives in the lab's namespaces now. Empty: the lab does not run (its disks may still be there). */
export function labProcesses(stack: string): Promise<LabProcess[]> {
  const mark = markOf(stack);
  return processesMarked((found) => found === mark);
}

/** Through whose namespaces the lab is entered: libvirtd's if it lives, else any process's that does. */
function door(processes: readonly LabProcess[]): LabProcess | undefined {
  return processes.find(({ name }) => name === "libvirtd") ?? processes[0];
}

/**
 * `argv` so that it runs inside the lab's network and mount namespaces, in the directory `cwd`.
 * Nothing stands between: the process that is started becomes the command, so signals reach it.
 */
export function enterArgv(pid: number, argv: readonly string[], cwd: string): string[] {
  // nsenter leaves the working directory at the new root.
  const inside = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd, ...argv];
  return ["nsenter", "--target", String(pid), "--mount", "--net", "--", ...inside];
}

/** @throws UserError where the lab does not run. */
export async function enterIsolated(
  stack: string,
  argv: readonly string[],
  cwd: string = process.cwd(),
): Promise<string[]> {
  const through = door(await labProcesses(stack));
  if (through === undefined) {
    throw new UserError(
      `the isolated lab ${stack} does not run; start it with \`${labCommand(stack, "up")}\``,
    );
  }
  return enterArgv(through.pid, argv, cwd);
}

async function answers(stack: string, { log, signal }: Partial<Need> = {}): Promise<boolean> {
  const virsh = ["virsh", "--quiet", "--connect", "qemu:///system", "uri"];
  const [command = "", ...args] = await enterIsolated(stack, virsh, "/");
  const result = await tryRun(command, args, {
    ...(log === undefined ? {} : { log }),
    signal,
    timeoutMs: 60_000,
  });
  return result.failure === "";
}

const mountPoint = "/run/libvirt";

/** Serialises starts and stops of all labs on this machine: they share the mount point. */
function alone<T>({ stack, signal }: Need, body: () => Promise<T>): Promise<T> {
  const what = `starting or stopping the isolated lab ${stack}`;
  return withLock(mountPoint, { what, signal }, body);
}

/**
 * The isolated lab runs, with a libvirtd that answers. Adopts whatever an earlier run left: a lab that lives is kept, one
 * whose libvirtd is gone gets a new one beside its machines, and one that is gone (after a restart of the machine) comes
 * back with its definitions and disks.
 *
 * @throws UserError where this is not root, or libvirtd does not come up.
 */
export async function startIsolated(session: Need): Promise<void> {
  const { stack, log, signal } = session;
  if (process.getuid?.() !== 0) {
    throw new UserError({
      place: "isolated lab",
      found: `user ${process.getuid?.() ?? "unknown"}`,
      expected: "root, to make network and mount namespaces",
      remedy:
        "run lab as root, or start the system's libvirt (systemctl enable --now libvirtd) and be in the group libvirt",
    });
  }
  await alone(session, async () => {
    const directory = labPaths(stack).isolated;
    const capabilities = join(cacheDir(), "libvirt");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await mkdir(capabilities, { recursive: true });
    const script = join(import.meta.dirname, "start.sh");
    const start = ["sh", script, directory, markOf(stack), capabilities];
    const through = door(await labProcesses(stack));
    const [command = "", ...args] =
      through === undefined
        ? ["unshare", "--net", "--mount", "--propagation", "private", ...start]
        : enterArgv(through.pid, start, "/");
    await run(command, args, { log, signal, timeoutMs: 60_000 });
    await poll(async () => (await answers(stack, session)) || undefined, {
      what: "the lab's own libvirtd to answer",
      withinMs: 120_000,
      signal,
      remedy: `look at ${join(directory, "log", "libvirtd.log")}`,
    });
  });
}

/**
 * Nothing of the lab lives: every process in its namespaces is ended, which ends the namespaces, their networks and mounts.
 * With `remove`, its disks and definitions are removed too.
 */
export async function stopIsolated(session: Need, { remove }: { remove: boolean }): Promise<void> {
  const { stack, log } = session;
  await alone(session, async () => {
    const signalAll = async (name: "SIGTERM" | "SIGKILL") => {
      for (const { pid, name: command } of await labProcesses(stack)) {
        log.write(`isolated lab ${stack}: ${name} to ${command} (${pid})`);
        try {
          process.kill(pid, name);
        } catch (error) {
          if (codeOf(error) !== "ESRCH") throw error;
        }
      }
    };
    const gone = async () => (await labProcesses(stack)).length === 0 || undefined;
    await signalAll("SIGTERM");
    const awaited = { what: `the processes of the isolated lab ${stack} to end` };
    await poll(gone, { ...awaited, withinMs: 10_000 }).catch(async () => {
      // Again and again: a daemon may have started a child between two looks.
      await poll(() => signalAll("SIGKILL").then(gone), { ...awaited, withinMs: 10_000 });
    });
    if (remove) await rm(labPaths(stack).isolated, { recursive: true, force: true });
    await removeMountPoint();
  });
}

/** Takes the mount point away if it is empty and no lab of anybody's has it mounted over: removing it would unmount theirs. */
async function removeMountPoint(): Promise<void> {
  if ((await processesMarked((mark) => mark.startsWith("hardway-"))).length > 0) return;
  await rmdir(mountPoint).catch(() => undefined);
}
