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
 * The source of a mount that marks the lab's processes. Contains a hash of the lab's directory,
 * since another user or test may have a stack of the same name.
 */
export function markOf(stack: string): string {
  const directory = createHash("sha256").update(labPaths(stack).isolated).digest("hex");
  return `hardway-${stack}-${directory.slice(0, 12)}`;
}

/** The processes in the lab's namespaces; none if the lab does not run, even if its disks exist. */
export function labProcesses(stack: string): Promise<LabProcess[]> {
  const mark = markOf(stack);
  return processesMarked((found) => found === mark);
}

/** The process whose namespaces commands enter: libvirtd if it runs, else any other. */
function door(processes: readonly LabProcess[]): LabProcess | undefined {
  return processes.find(({ name }) => name === "libvirtd") ?? processes[0];
}

/**
 * Returns `argv` to run in the lab's network and mount namespaces, in the directory `cwd`. The
 * process executes the command itself, so it receives signals directly.
 */
export function enterArgv(pid: number, argv: readonly string[], cwd: string): string[] {
  // nsenter changes the working directory to the new root.
  const inside = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd, ...argv];
  return ["nsenter", "--target", String(pid), "--mount", "--net", "--", ...inside];
}

/** @throws UserError if the lab does not run */
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

/** Serializes starts and stops of all labs on this machine, which share the mount point. */
function alone<T>({ stack, signal }: Need, body: () => Promise<T>): Promise<T> {
  const what = `starting or stopping the isolated lab ${stack}`;
  return withLock(mountPoint, { what, signal }, body);
}

/**
 * Starts the isolated lab unless it runs, and waits for its libvirtd. Keeps a running lab, restarts
 * a missing libvirtd beside its machines, and restores a lab from its definitions and disks after a
 * reboot.
 *
 * @throws UserError if the user is not root, or libvirtd does not start
 */
export async function startIsolated(session: Need): Promise<void> {
  const { stack, log, signal } = session;
  if (process.getuid?.() !== 0) {
    throw new UserError({
      place: "isolated lab",
      found: `user ${process.getuid?.() ?? "unknown"}`,
      expected: "root, to create network and mount namespaces",
      remedy:
        "run lab as root, or start the system's libvirt (systemctl enable --now libvirtd) and join the group libvirt",
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
      remedy: `see ${join(directory, "log", "libvirtd.log")}`,
    });
  });
}

/**
 * Ends every process in the lab's namespaces, and with them the namespaces, networks and mounts.
 * `remove` also deletes disks and definitions.
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
      // Repeats, since a daemon may start a child between two checks.
      await poll(() => signalAll("SIGKILL").then(gone), { ...awaited, withinMs: 10_000 });
    });
    if (remove) await rm(labPaths(stack).isolated, { recursive: true, force: true });
    await removeMountPoint();
  });
}

/**
 * Removes the mount point if it is empty and no lab uses it: removal would unmount it in other
 * labs.
 */
async function removeMountPoint(): Promise<void> {
  if ((await processesMarked((mark) => mark.startsWith("hardway-"))).length > 0) return;
  await rmdir(mountPoint).catch(() => undefined);
}
