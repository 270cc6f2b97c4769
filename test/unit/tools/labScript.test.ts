import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectDir } from "../../../base/paths.ts";
import { createProgram, helpText } from "../../../tools/cli/program.ts";
import { temporaryDirectory } from "./temporary.ts";

/** A checkout with nothing installed, and stand-ins for npm and Node that record their calls. */
class Clone {
  readonly #root = temporaryDirectory();
  readonly #record = join(this.#root, "record");

  constructor() {
    for (const file of ["lab", "package.json", "package-lock.json"]) {
      copyFileSync(join(projectDir, file), join(this.#root, file));
    }
    const texts = (path: string) => !path.includes(".") || /\.(txt|bash|zsh|fish)$/.test(path);
    cpSync(join(projectDir, "tools", "cli"), join(this.#root, "tools", "cli"), {
      recursive: true,
      filter: texts,
    });
    mkdirSync(join(this.#root, "bin"));
    this.#program(
      "npm",
      `case $1 in ci) rm -rf node_modules ;; esac; mkdir -p node_modules/commander; echo "npm $*" >>"${this.#record}"`,
    );
    this.#program(
      "node",
      `[ "$1" != --version ] || { echo v22.23.3; exit; }; shift 2; echo "node $*" >>"${this.#record}"`,
    );
  }

  #program(name: string, script: string): void {
    const file = join(this.#root, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Runs `./lab`; `did` lists the calls of npm and Node. */
  run(...args: string[]) {
    writeFileSync(this.#record, "");
    const env = {
      PATH: `${join(this.#root, "bin")}:/usr/bin:/bin`,
      HARDWAY_CACHE: join(this.#root, "cache"),
      HOME: this.#root,
    };
    const { status, stdout, stderr } = spawnSync(join(this.#root, "lab"), args, {
      env,
      encoding: "utf8",
    });
    const did = readFileSync(this.#record, "utf8").split("\n").slice(0, -1);
    return { status, stdout, stderr, did };
  }

  changeLock(): void {
    writeFileSync(join(this.#root, "package-lock.json"), "{}");
  }

  get isUntouched(): boolean {
    return !existsSync(join(this.#root, "cache")) && !existsSync(join(this.#root, "node_modules"));
  }
}

const quiet = "--no-progress --no-audit --no-fund";
const runtime = `npm ci --omit=dev ${quiet}`;

test("help, version and completion start no Node and install nothing", () => {
  const clone = new Clone();
  const program = createProgram();
  const printed = (text: string) => ({ status: 0, stdout: text, stderr: "", did: [] });
  for (const args of [["--help"], ["-h"], ["help"]]) {
    expect(clone.run(...args)).toEqual(printed(helpText(program)));
  }
  for (const args of [
    ["help", "up"],
    ["up", "--help"],
  ]) {
    expect(clone.run(...args)).toEqual(printed(helpText(program, "up")));
  }
  for (const args of [["version"], ["--version"], ["-V"]]) {
    expect(clone.run(...args)).toEqual(printed(`${program.version() ?? ""}\n`));
  }
  for (const shell of ["bash", "zsh", "fish"]) {
    const file = join(projectDir, "tools", "cli", "completion", `lab.${shell}`);
    expect(clone.run("completion", shell)).toEqual(printed(readFileSync(file, "utf8")));
  }
  const names = program.commands.map((command) => command.name());
  expect(clone.run("__complete", "u").stdout.trimEnd().split("\n")).toEqual(names);
  expect(clone.run("__complete", "up", "--")).toEqual(printed(""));
  expect(clone.run()).toEqual({ status: 2, stdout: "", stderr: helpText(program), did: [] });
  expect(clone.isUntouched).toBe(true);
});

test("packages are installed once, those of development for ./lab test only", () => {
  const clone = new Clone();
  const node = (...args: string[]) => `node ${args.join(" ")}`;
  expect(clone.run("status").did).toEqual([runtime, node("status")]);
  expect(clone.run("-s", "test", "up").did).toEqual([node("-s", "test", "up")]);
  // Added to the existing packages: a running ./lab up keeps its packages.
  expect(clone.run("-s", "ha", "test").did).toEqual([
    `npm install --include=dev --no-save ${quiet}`,
    node("-s", "ha", "test"),
  ]);
  expect(clone.run("test", "e2e").did).toEqual([node("test", "e2e")]);
  expect(clone.run("up").did).toEqual([node("up")]);
  expect(clone.run("__complete", "u").did).toEqual([node("__complete", "u")]);
});

test("a changed lock file is installed again, once for each kind of packages", () => {
  const clone = new Clone();
  expect(clone.run("test").did[0]).toBe(`npm ci --include=dev ${quiet}`);
  expect(clone.run("up").did).toHaveLength(1);
  clone.changeLock();
  expect(clone.run("up").did[0]).toBe(runtime);
  expect(clone.run("test").did[0]).toBe(`npm install --include=dev --no-save ${quiet}`);
  expect(clone.run("test").did).toHaveLength(1);
});
