import { handOver } from "./handOver.ts";
import { tryRun } from "./run.ts";
import type { Session } from "./session.ts";

/**
 * False if sudo refuses. Asks for the password before other output, since the line of running tasks
 * would erase the prompt. Without a terminal, the command itself reports the error.
 */
export async function mayUseSudo({ terminal, signal }: Session): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  // A user who needs no password for commands may still need one for `sudo -v`.
  if ((await tryRun("sudo", ["-n", "true"], { signal })).failure === "") return true;
  const exitCode = await handOver(["sudo", "-v"], terminal);
  signal.throwIfAborted();
  return exitCode === 0;
}
