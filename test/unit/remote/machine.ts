import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { temporaryDirectory } from "../tools/temporary.ts";

/** The shell functions that steps use. */
export const libraryFile = join(import.meta.dirname, "../../../components/remote/step.sh");

export const isRoot = userInfo().uid === 0;

/** The user who runs the tests, in the form of `put`: `root:root`. */
export const owner = `${userInfo().username}:${execFileSync("id", ["-gn"], { encoding: "utf8" }).trim()}`;

export interface StepResult {
  readonly exitCode: number | undefined;
  /** The step's output, a line each. */
  readonly said: readonly string[];
  readonly error: string;
}

export interface StepOptions {
  /** Standard input; `left open` if the test writes to it and ends it. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Quiet {
  readonly reject: false;
  readonly extendEnv: false;
}

/**
 * A directory that a step treats as the machine's root: `HARDWAY_PREFIX`. Removed with the test.
 */
export class Machine {
  readonly root = temporaryDirectory();
  /** Programs here precede the machine's on PATH. */
  readonly programs = join(this.root, "fakes");

  constructor() {
    for (const directory of ["run/lock", "etc/systemd/system", "fakes"]) {
      mkdirSync(join(this.root, directory), { recursive: true });
    }
  }

  /** Starts a step with the shell functions, as `renderCommand` would on a node. */
  start(script: string, { input = "", env = {} }: StepOptions = {}): ResultPromise<Quiet> {
    return execa("bash", ["--norc", "-c", `. ${libraryFile}\n${script}`, "tried"], {
      ...(input === "left open" ? {} : { input }),
      reject: false,
      extendEnv: false,
      env: {
        PATH: `${this.programs}:${process.env.PATH ?? ""}`,
        HARDWAY_PREFIX: this.root,
        ...env,
      },
    });
  }

  async run(script: string, options?: StepOptions): Promise<StepResult> {
    const { exitCode, stdout, stderr } = await this.start(script, options);
    return {
      exitCode,
      said: stdout.split("\n").filter(Boolean),
      error: stderr.replaceAll(this.root, ""),
    };
  }

  path(path: string): string {
    return join(this.root, path);
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  /** Permission bits in octal. */
  mode(path: string): string {
    return (statSync(this.path(path)).mode & 0o7777).toString(8);
  }
}
