import { spawn } from "node:child_process";

/**
 * Runs a shell script when this process has ended. After a SIGKILL or Ctrl-C no `afterAll` runs.
 *
 * @param env the script's variables. Not arguments: no process may name a lab that is removed.
 * @returns a function that cancels the script
 */
export function whenThisProcessEnds(script: string, env: NodeJS.ProcessEnv): () => void {
  // Its standard input ends with this process; a separate process group receives no Ctrl-C.
  const guard = spawn("sh", ["-c", `read -r dismissed || { ${script}; }`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env,
  });
  guard.unref();
  return () => guard.stdin.end("dismissed\n");
}
