import { type ChildProcess, spawn } from "node:child_process";

/** The exit code of cmd/run after it has printed the error. */
const SAID_ALREADY = 32;

/** Time between SIGINT and SIGKILL. */
const PATIENCE_MILLISECONDS = 5_000;

export interface ProgramResult {
  /** Empty if the program succeeded. */
  readonly error: string;
  /** True if the program has already reported its error. */
  readonly bail: boolean;
}

/**
 * Runs Node with `args`; the engine reads the output from this process's streams. An abort
 * interrupts the program, and kills it if it does not end.
 */
export async function runProgram(
  args: readonly string[],
  { env, signal }: { env: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<ProgramResult> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let ranOutOfMemory = false;
  child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    ranOutOfMemory ||= chunk.includes("<--- Last few GCs --->");
    process.stderr.write(chunk);
  });
  const stop = () => {
    interrupt(child);
  };
  // The program must not outlive this process.
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await resultOf(child, () => ranOutOfMemory);
  } finally {
    signal.removeEventListener("abort", stop);
    process.off("exit", kill);
  }
}

function interrupt(child: ChildProcess): void {
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MILLISECONDS);
  child.once("close", () => {
    clearTimeout(timer);
  });
}

function resultOf(child: ChildProcess, ranOutOfMemory: () => boolean): Promise<ProgramResult> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve({ error: `the program could not be started: ${error.message}`, bail: false });
    });
    // Not "exit", because only "close" follows the last output.
    child.once("close", (code, killedBy) => {
      if (code === 0) resolve({ error: "", bail: false });
      else if (code === SAID_ALREADY) resolve({ error: "", bail: true });
      else if (code === null) {
        resolve({ error: `Program exited unexpectedly: killed by ${killedBy}`, bail: false });
      } else {
        const advice = ranOutOfMemory()
          ? ". It ran out of memory: set runtime.options.nodeargs to --max-old-space-size=<MiB> in Pulumi.yaml"
          : "";
        resolve({ error: `Program exited with non-zero exit code: ${code}${advice}`, bail: false });
      }
    });
  });
}
