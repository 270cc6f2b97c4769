import { spawn } from "node:child_process";
import { constants } from "node:os";
import { UserError } from "./errors.ts";
import { takeSignals } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Gives the terminal to a child until it ends; returns its exit code. Only the child handles
 * Ctrl-C.
 */
export async function handOver(
  argv: readonly string[],
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  const [command = "", ...args] = argv;
  terminal.close();
  const child = spawn(command, args, { stdio: "inherit", env });
  // The terminal sends Ctrl-C to the child too. Signals sent to lab alone are forwarded.
  const release = takeSignals((signal) => {
    if (signal !== "SIGINT") child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(new UserError(`${command}: ${error.message}`)));
      child.once("close", (exit, signal) => {
        resolve(exit ?? 128 + constants.signals[signal ?? "SIGKILL"]);
      });
    });
  } finally {
    release();
  }
}
