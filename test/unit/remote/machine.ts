import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { temporaryDirectory } from "../tools/temporary.ts";

/** The words that steps are written in. */
export const libraryFile = join(import.meta.dirname, "../../../components/remote/step.sh");

export const isRoot = userInfo().uid === 0;

/** Whoever runs the tests, as `put` wants an owner: `root:root`. */
export const owner = `${userInfo().username}:${execFileSync("id", ["-gn"], { encoding: "utf8" }).trim()}`;

export interface StepResult {
  readonly exitCode: number | undefined;
  /** What the step said, a line each. */
  readonly said: readonly string[];
  readonly error: string;
}

export interface StepOptions {
  /** Standard input; `left open` for one that the test writes to and ends. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Quiet {
  readonly reject: false;
  readonly extendEnv: false;
}

/** A directory that a step takes for the whole machine: `HARDWAY_PREFIX`. It goes with the test. */
export class Machine {
  readonly root = temporaryDirectory();
  /** Programs here are found before the machine's own. */
  readonly programs = join(this.root, "fakes");

  constructor() {
    for (const directory of ["run/lock", "etc/systemd/system", "fakes"]) {
      mkdirSync(join(this.root, directory), { recursive: true });
    }
  }

  /** Starts a step in the words of the library, as `renderCommand` would on a node. */
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
