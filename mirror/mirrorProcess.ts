import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, UserError } from "../base/errors.ts";
import { cacheDir, labPaths } from "../base/paths.ts";
import { poll } from "../base/poll.ts";

const daemon = join(import.meta.dirname, "daemon.ts");

/** The running mirror of a lab. */
export interface RunningMirror {
  readonly pid: number;
  readonly address: string;
  readonly port: number;
  /** The directory that it serves. */
  readonly cache: string;
}

/** The arguments of a process, or none if it does not exist. */
async function argumentsOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0");
}

/** The lab's mirror, if it runs. Its pid file may be stale, so the process's arguments decide. */
export async function runningMirror(stack: string): Promise<RunningMirror | undefined> {
  const { mirrorPid } = labPaths(stack);
  const pid = Number(await readFile(mirrorPid, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const argv = await argumentsOf(pid);
  if (!argv.includes(mirrorPid)) return undefined;
  const value = (option: string) => argv[argv.indexOf(option) + 1] ?? "";
  return {
    pid,
    address: value("--address"),
    port: Number(value("--port")),
    cache: value("--cache"),
  };
}

/**
 * Ensures that the lab's mirror runs at this address and from this cache; one with other settings
 * is replaced. It listens once the address exists.
 *
 * @param enter prefixes a command to run it in the lab's namespaces, if it has some
 */
export async function startMirror(
  stack: string,
  { address, port }: { address: string; port: number },
  enter: (argv: readonly string[]) => Promise<string[]>,
): Promise<void> {
  const cache = cacheDir();
  const before = await runningMirror(stack);
  if (before?.address === address && before.port === port && before.cache === cache) return;
  if (before) await stopMirror(stack);
  const { mirrorPid, root } = labPaths(stack);
  mkdirSync(dirname(mirrorPid), { recursive: true, mode: 0o700 });
  const options = [
    "--cache",
    cache,
    "--address",
    address,
    "--port",
    String(port),
    "--of",
    mirrorPid,
  ];
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", daemon, ...options];
  const [command = "", ...args] = await enter(node);
  const logPath = join(root, "mirror.log");
  const log = openSync(logPath, "a", 0o600);
  const { size } = fstatSync(log);
  const child = spawn(command, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) return;
  await writeFile(mirrorPid, `${child.pid}\n`);
  const started = await poll(() => startOf(child, logPath, size), {
    what: `the mirror at http://${address}:${port} to start; ${logPath} has its output`,
    withinMs: 30_000,
  });
  if (started.failure !== undefined) {
    await rm(mirrorPid, { force: true });
    throw new UserError(started.failure);
  }
}

/** The daemon's lines that it serves, or that it waits for its address. */
const reports = /^(serving|waiting) /m;

/** Whether a new mirror serves or waits for its address; undefined if it has not reported yet. */
async function startOf(
  { exitCode }: ChildProcess,
  logPath: string,
  size: number,
): Promise<{ readonly failure?: string } | undefined> {
  const said = (await readFile(logPath)).subarray(size).toString().trim();
  // An error is in the log before its process has ended.
  if (exitCode === null) return reports.test(said) ? {} : undefined;
  if (exitCode === 0) return {};
  const lastLine = said.split("\n").at(-1) ?? "";
  return { failure: lastLine || `the mirror ended with ${exitCode}; ${logPath} has no reason` };
}

/** Stops the lab's mirror. */
export async function stopMirror(stack: string): Promise<void> {
  const mirror = await runningMirror(stack);
  if (mirror) {
    try {
      process.kill(mirror.pid, "SIGTERM");
    } catch (error) {
      if (codeOf(error) !== "ESRCH") throw error;
    }
    await poll(async () => ((await runningMirror(stack)) ? undefined : true), {
      what: `the mirror of ${stack} (pid ${mirror.pid}) to end`,
      withinMs: 10_000,
    });
  }
  await rm(labPaths(stack).mirrorPid, { force: true });
}
