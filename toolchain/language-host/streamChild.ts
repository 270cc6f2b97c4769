import { spawn } from "node:child_process";

export interface StreamedChild {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

/**
 * Runs a child process to its end and streams its output.
 *
 * @returns its exit code
 * @throws if it could not be started or was killed
 */
export function streamChild(options: StreamedChild): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      signal: options.signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = () => child.kill("SIGKILL");
    process.on("exit", kill);
    child.once("close", () => process.off("exit", kill));
    child.stdout.on("data", (chunk: Buffer) => {
      options.onStdout(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      options.onStderr(chunk);
    });
    child.once("error", (error) => {
      reject(new Error(`${options.command}: ${error.message}`, { cause: error }));
    });
    child.once("close", (code, killedBy) => {
      if (code === null) reject(new Error(`${options.command}: killed by ${killedBy}`));
      else resolve(code);
    });
  });
}
