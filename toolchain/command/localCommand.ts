import { type ChildProcess, spawn } from "node:child_process";
import type { Operation } from "../rpc/provider.ts";
import { failureText, type Logging, Output } from "./output.ts";

/** Time between SIGTERM and SIGKILL. */
const TERM_MILLISECONDS = 2_000;

export interface LocalRun {
  readonly command: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly logging?: Logging;
  /** The program and arguments that the command is appended to. Default: `/bin/sh -c`. */
  readonly interpreter?: readonly string[];
  /** Default: the Pulumi program's directory, where the engine starts the plugin. */
  readonly dir?: string;
}

/**
 * Runs a command on the workstation, in its own process group: an abort and the end of this process
 * end the whole group.
 *
 * @throws with the exit status or signal, and the output
 */
export async function runLocal(
  run: LocalRun,
  { signal, log }: Pick<Operation, "signal" | "log">,
): Promise<{ stdout: string; stderr: string }> {
  signal.throwIfAborted();
  const output = new Output({ ...run, log });
  const [program = "/bin/sh", ...args] = run.interpreter?.length
    ? run.interpreter
    : ["/bin/sh", "-c"];
  const child = spawn(program, [...args, run.command], {
    ...(run.dir === undefined ? {} : { cwd: run.dir }),
    env: { ...process.env, ...run.environment },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => {
    output.add("stdout", chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.add("stderr", chunk);
  });
  // The command may end before it has read all of its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(run.stdin ?? "");
  const how = await endOf(child, signal);
  await output.flush();
  if (how === undefined) return { stdout: output.text("stdout"), stderr: output.text("stderr") };
  throw new Error(failureText(how, run.command, output));
}

/** Resolves with how the command failed; with undefined if it succeeded. */
function endOf(child: ChildProcess, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const kill = () => {
      endGroup(child, "SIGKILL");
    };
    process.on("exit", kill);
    const abort = () => {
      endGroup(child, "SIGTERM");
      setTimeout(kill, TERM_MILLISECONDS).unref();
    };
    signal.addEventListener("abort", abort, { once: true });
    const finish = (how: string | undefined) => {
      process.off("exit", kill);
      signal.removeEventListener("abort", abort);
      resolve(signal.aborted ? (signal.reason as Error).message : how);
    };
    child.once("error", (error) => {
      finish(error.message);
    });
    child.once("close", (code, killedBy) => {
      if (code === 0) finish(undefined);
      else finish(code === null ? `signal: ${killedBy}` : `exit status ${code}`);
    });
  });
}

function endGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has already ended.
  }
}
