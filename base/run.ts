import { type ExecaError, execa } from "execa";
import { UserError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface RunOptions {
  readonly log?: Log;
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Kills the child after this time. No limit by default. */
  readonly timeoutMs?: number;
  /** Called with each line of standard output and error while the child runs. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** Undefined if the child was killed or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The reason of a failure in one line; empty on success. */
  readonly failure: string;
}

/** Runs a child and logs its output. Throws only if interrupted. */
export async function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { log, signal, onLine } = options;
  signal?.throwIfAborted();
  log?.write(`$ ${[command, ...args].join(" ")}`);
  const child = execa(command, args, {
    reject: false,
    all: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    // Keeps the end of the output; all of it is in the log.
    maxBuffer: 64 * 1024 * 1024,
  });
  if (log !== undefined || onLine !== undefined) {
    for await (const line of child.iterable({ from: "all" })) {
      log?.write(line);
      onLine?.(line);
    }
  }
  const result = await child;
  signal?.throwIfAborted();
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    failure: result.failed ? failureOf(result as unknown as ExecaError, options) : "",
  };
}

function failureOf(error: ExecaError, { timeoutMs }: RunOptions): string {
  if (error.timedOut) return `no answer within ${(timeoutMs ?? 0) / 1000} s`;
  if (error.code === "ENOENT") return "not found on PATH";
  if (error.signal !== undefined) return `killed by ${error.signal}`;
  return `exit code ${error.exitCode ?? "unknown"}`;
}

/**
 * Runs a child that must succeed; returns its standard output.
 *
 * @throws UserError with the command, the reason, the last lines of output and the log's path
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.failure === "") return result.stdout;
  const tail = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-8).join("\n");
  const where = options.log === undefined ? "" : `\nits whole output is in ${options.log.path}`;
  throw new UserError(
    `${[command, ...args].join(" ")}: ${result.failure}${tail === "" ? "" : `\n${tail}`}${where}`,
  );
}
