import { handOver } from "./handOver.ts";
import { tryRun } from "./run.ts";
import type { Session } from "./session.ts";

/**
 * True unless sudo refuses. It asks for the password now, while it has the terminal to itself: the line that tells of running
 * tasks would wipe the question away. Without a terminal there is nobody to ask, and the command itself says so.
 */
export async function mayUseSudo({ terminal, signal }: Session): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  // Whoever needs no password for commands may still need one for `sudo -v`.
  if ((await tryRun("sudo", ["-n", "true"], { signal })).failure === "") return true;
  const exitCode = await handOver(["sudo", "-v"], terminal);
  signal.throwIfAborted();
  return exitCode === 0;
}
