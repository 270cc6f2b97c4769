import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findOnPath } from "../../../base/findCommand.ts";
import { labPaths, projectDir } from "../../../base/paths.ts";
import { complete, type Places } from "../../../tools/cli/complete.ts";
import { temporaryDirectory } from "./temporary.ts";

/** Two labs, of which `ha` was up. */
function twoLabs(): Required<Places> {
  const [project, state] = [temporaryDirectory(), temporaryDirectory()];
  const config = "config: {hardway:cluster: {people: {alice: {}, bob: {}}, nodes: 7}}";
  writeFileSync(join(project, "Pulumi.dev.yaml"), "");
  writeFileSync(join(project, "Pulumi.ha.yaml"), config);
  writeFileSync(join(project, "Pulumi.yaml"), "");
  const { ssh } = labPaths("ha", state);
  mkdirSync(ssh, { recursive: true });
  writeFileSync(join(ssh, "nodes.json"), '[{"name": "lb-1"}, {"name": "worker-1"}]');
  return { project, state };
}

const values = async (line: string) =>
  (await complete(line.split(" ").slice(1), twoLabs())).map(({ value }) => value);

test.each([
  ["lab re", ["refresh"]],
  ["lab -v --stack ha dest", ["destroy"]],
  ["lab up --d", ["--diff"]],
  ["lab --ver", ["--version", "--verbose"]],
  ["lab --stack ", ["dev", "ha"]],
  ["lab up -s h", ["ha"]],
  ["lab up --stack=h", ["--stack=ha"]],
  ["lab ssh ", []],
  ["lab -s ha ssh ", ["lb-1", "worker-1"]],
  ["lab --stack=ha console w", ["worker-1"]],
  ["lab ssh --stack ha w", ["worker-1"]],
  ["lab ssh --stack ha worker-1 ", []],
  ["lab ssh worker-1 -", []],
  ["lab -s ha kubeconfig a", ["alice"]],
  ["lab kubeconfig ", []],
  ["lab output ", []],
  ["lab mirror s", ["sync", "serve"]],
  ["lab mirror serve --port ", []],
  ["lab test e", ["e2e"]],
  ["lab help com", ["completion"]],
  ["lab completion ", ["bash", "zsh", "fish"]],
  ["lab up -- --", []],
  ["lab kubectl ", []],
  ["lab kubectl get --", []],
  ["lab nonsense ", []],
])("%s is completed to %j", async (line, expected) => {
  expect(await values(line)).toEqual(expected);
});

test("commands and options have descriptions", async () => {
  expect(await complete(["up", "--dif"])).toEqual([
    { value: "--diff", description: "show every changed line" },
  ]);
  expect(await complete(["vers"])).toEqual([{ value: "version", description: "show the version" }]);
});

/** A stand-in for `./lab` that prints its arguments: a shell must pass on all words. */
function stub(): string {
  const file = join(temporaryDirectory(), "lab");
  const answer = 'printf "%s\\t$#\\n" --stack=dev --stack=ha "dev" "a:b" "$*"';
  writeFileSync(file, `#!/bin/sh\n[ "$1" = __complete ] && shift && ${answer}\n`);
  chmodSync(file, 0o755);
  return file;
}

const script = (shell: string) => join(projectDir, "tools", "cli", "completion", `lab.${shell}`);
const [bash, zsh, fish] = await Promise.all(
  ["bash", "zsh", "fish"].map((name) => findOnPath(name)),
);
const missing = (shell: string, path: string | undefined) =>
  path === undefined ? ` (left out: no ${shell})` : "";

describe("in a real shell", () => {
  /** bash's completions for these words, which readline splits. */
  const inBash = (...words: string[]) => {
    const text = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lab; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ["-c", text, "bash", script("bash"), ...words];
    return execFileSync(bash ?? "", args, { encoding: "utf8" })
      .split("\n")
      .slice(0, -1);
  };

  test.skipIf(bash === undefined)(`bash${missing("bash", bash)}`, () => {
    const lab = stub();
    expect(inBash(lab, "up", "d")).toEqual(["dev"]);
    expect(inBash(lab, "up", "--stack", "=", "")).toEqual(["dev", "ha"]);
    expect(inBash(lab, "up", "--stack", "=", "h")).toEqual(["ha"]);
    expect(inBash(lab, "a b", "$(c)", "a b")).toEqual(["a b $(c) a b"]);
    // The real script, by a relative path.
    expect(inBash(join(projectDir, "lab"), "prev")).toEqual(["preview"]);
  });

  test.skipIf(zsh === undefined)(`zsh${missing("zsh", zsh)}`, () => {
    const text = `compdef() { :; }; _describe() { print -rl -- "\${(@P)2}"; }; . "$1"; shift; words=("$@"); CURRENT=$#; _lab`;
    const { stdout, stderr } = spawnSync(
      zsh ?? "",
      ["-f", "-c", text, "zsh", script("zsh"), stub(), "up", "d"],
      { encoding: "utf8" },
    );
    expect({ stdout, stderr }).toEqual({
      stdout: "--stack=dev:2\n--stack=ha:2\ndev:2\na\\:b:2\nup d:2\n",
      stderr: "",
    });
  });

  test.skipIf(fish === undefined)(`fish${missing("fish", fish)}`, () => {
    const offered = (line: string) =>
      spawnSync(
        fish ?? "",
        ["--no-config", "-c", `source ${script("fish")}; complete -C '${line}'`],
        {
          encoding: "utf8",
        },
      ).stdout;
    const lab = stub();
    expect(offered(`${lab} up d`)).toBe("dev\t2\n");
    expect(offered(`${lab} up --stack=`)).toBe("--stack=dev\t2\n--stack=ha\t2\n");
  });
});
