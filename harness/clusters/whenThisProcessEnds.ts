import { spawn } from "node:child_process";

/**
 * Runs a shell script when this process has ended, however: where it is killed, or by Ctrl-C, no `afterAll` is run.
 *
 * @param env for the script. Not its arguments: nothing that names a lab may be seen running when that lab is gone.
 * @returns to call when there is nothing left to do
 */
export function whenThisProcessEnds(script: string, env: NodeJS.ProcessEnv): () => void {
  // Its standard input ends with this process; a process group of its own hears no Ctrl-C.
  const guard = spawn("sh", ["-c", `read -r dismissed || { ${script}; }`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env,
  });
  guard.unref();
  return () => guard.stdin.end("dismissed\n");
}
