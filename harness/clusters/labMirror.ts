import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir, projectDir } from "../../base/paths.ts";
import { poll } from "../../base/poll.ts";
import type { MachinesLab } from "../machines/machinesLab.ts";

export const mirrorPort = 8473;

/**
 * Starts a mirror of this machine's artifacts at the lab's gateway, which ends with this process.
 *
 * @param daemon the program: the mirror's daemon, or a substitute
 * @param pidFile the file by which `./lab` takes it for the lab's own mirror
 */
export async function startLabMirror(
  lab: MachinesLab,
  daemon = join(projectDir, "mirror/daemon.ts"),
  pidFile?: string,
): Promise<{ stop(): Promise<void> }> {
  const options = [
    ...["--cache", cacheDir(), "--address", lab.gateway, "--port", String(mirrorPort)],
    ...(pidFile === undefined ? [] : ["--of", pidFile]),
  ];
  const argv = ["--pdeathsig", "KILL", "--", ...lab.enter, process.execPath, daemon, ...options];
  const child = spawn("setpriv", argv, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  if (pidFile !== undefined) {
    await mkdir(dirname(pidFile), { recursive: true });
    await writeFile(pidFile, `${child.pid}\n`);
  }
  const health = `http://${lab.gateway}:${mirrorPort}/healthz`;
  await poll(
    async () => {
      const { exitCode } = await lab.exec([
        "curl",
        "--silent",
        "--fail",
        "--max-time",
        "2",
        health,
      ]);
      return exitCode === 0 ? true : undefined;
    },
    { what: `the mirror at ${health}`, withinMs: 30_000 },
  );
  return {
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
