import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { codeOf } from "../../base/errors.ts";
import { cachePaths, labPaths, projectDir } from "../../base/paths.ts";
import { poll } from "../../base/poll.ts";
import { whenThisProcessEnds } from "./whenThisProcessEnds.ts";

/** A user's environment, without the variables that these tests need to run pulumi themselves. */
export const bareEnvironment = Object.fromEntries<string>([
  ...Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(PULUMI_|HARDWAY_(?!CACHE))/.test(name)
      ? []
      : [[name, value] as const],
  ),
  [
    "PATH",
    (process.env.PATH ?? "")
      .split(":")
      .filter((path) => !path.startsWith(cachePaths().parts))
      .join(":"),
  ],
]);

/** A running `./lab`. */
export interface LabRun {
  /** The output so far, in order of arrival. */
  readonly text: () => string;
  /** Resolves when it has ended, for any reason. */
  readonly ended: Promise<LabResult>;
  /** Sends a signal to its process group: SIGINT is Ctrl-C at a terminal. */
  signal(signal: "SIGINT" | "SIGKILL"): void;
}

export interface LabResult {
  /** Undefined if it was killed. */
  readonly exitCode: number | undefined;
  /** Standard output and error. */
  readonly text: string;
}

/** Runs `./lab` like a user, with a separate stack and state, in the nodes' network. */
export class PersonsLab {
  readonly #stack: string;
  readonly #state: string;
  readonly #enter: readonly string[];
  readonly #dismissGuard: () => void;

  /** @param directory for the lab's state */
  constructor(stack: string, directory: string, enter: readonly string[]) {
    this.#stack = stack;
    this.#state = join(directory, "persons-state");
    this.#enter = enter;
    // The mirror that lab leaves running, and the config.
    this.#dismissGuard = whenThisProcessEnds(
      `for process in /proc/[0-9]*; do
         ! grep -qxz "HARDWAY_STATE=$state" "$process/environ" || kill -KILL "\${process#/proc/}"
       done
       rm -f "$config"`,
      { PATH: process.env.PATH, state: this.#state, config: this.#configFile },
    );
  }

  get #configFile(): string {
    return join(projectDir, `Pulumi.${this.#stack}.yaml`);
  }

  /** The file with the process ID of the lab's mirror. */
  get mirrorPid(): string {
    return labPaths(this.#stack, this.#state).mirrorPid;
  }

  /** Writes the stack's config to the user's place. */
  async configure(cluster: unknown): Promise<void> {
    await writeFile(this.#configFile, stringify({ config: { "hardway:cluster": cluster } }));
  }

  start(args: readonly string[]): LabRun {
    const argv = [join(projectDir, "lab"), "--stack", this.#stack, "--yes", ...args];
    // --pdeathsig: the kernel ends it if this process is killed.
    const child = execa("setpriv", ["--pdeathsig", "KILL", "--", ...this.#enter, ...argv], {
      all: true,
      reject: false,
      extendEnv: false,
      stdin: "ignore",
      detached: true,
      env: { ...bareEnvironment, HARDWAY_STATE: this.#state },
    });
    let text = "";
    child.all.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    return {
      text: () => text,
      ended: child.then(({ exitCode }) => ({ exitCode, text })),
      signal: (signal) => {
        // It is the leader of its process group.
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      },
    };
  }

  async run(args: readonly string[]): Promise<LabResult> {
    return this.start(args).ended;
  }

  /**
   * Sends SIGKILL to the lab's local processes: lab, pulumi, plugins, the mirror. Nodes keep
   * running.
   */
  async killAll(): Promise<void> {
    await poll(
      async () => {
        const pids = await this.#processes();
        for (const pid of pids) end(pid);
        return pids.length === 0 ? true : undefined;
      },
      { what: `the processes of lab ${this.#stack} to end`, withinMs: 20_000, everyMs: 20 },
    );
  }

  /** The ids of all processes with this lab's state directory in their environment. */
  async #processes(): Promise<number[]> {
    const mark = `HARDWAY_STATE=${this.#state}`;
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(
      pids.map(async (pid) => {
        // A zombie process has no environment.
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        return environment.split("\0").includes(mark) ? [Number(pid)] : [];
      }),
    );
    return found.flat();
  }

  /** The path to which lab writes the kubeconfig. */
  get kubeconfig(): string {
    return join(this.#state, "labs", this.#stack, "kubeconfig");
  }

  /** The number of pending operations in the state. */
  async pendingOperations(): Promise<number> {
    const file = join(this.#state, "pulumi/.pulumi/stacks/hardway", `${this.#stack}.json`);
    const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as {
      checkpoint: { latest?: { pending_operations?: readonly object[] } };
    };
    return checkpoint.latest?.pending_operations?.length ?? 0;
  }

  /** Ends the lab's local processes and removes its config. */
  async forget(): Promise<void> {
    await this.killAll();
    await rm(this.#configFile, { force: true });
    this.#dismissGuard();
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has already ended.
    if (codeOf(error) !== "ESRCH") throw error;
  }
}
