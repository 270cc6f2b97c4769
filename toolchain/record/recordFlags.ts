/**
 * Records the flags of the pinned programs: writes those of each program's help to
 * `config/upstream/flags/<program>.json`. Run it after a version changed in `versions.ts` and
 * `./lab setup` installed the new programs:
 *
 *     node toolchain/record/recordFlags.ts
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, projectDir } from "../../base/paths.ts";
import { goBinDirectory } from "../parts.ts";
import { etcdFlagTypes } from "./etcdFlagTypes.ts";

/** The part that contains each program. */
const programs = {
  "kube-apiserver": "kubernetes",
  "kube-controller-manager": "kubernetes",
  "kube-scheduler": "kubernetes",
  "kube-proxy": "kubernetes",
  kubelet: "kubernetes",
  etcd: "etcd",
  containerd: "containerd",
  flanneld: "flannel",
} as const;

/** A flag's type as the help shows it, or the type of the default that the help shows instead. */
function typeOf(shown: string | undefined, showsDefaults: boolean): string {
  const [, value] = /^'(.*)'$/.exec(shown ?? "") ?? [];
  if (shown === undefined) {
    return showsDefaults ? "value" : "bool";
  }
  if (value === "true" || value === "false") {
    return "bool";
  }
  return value === undefined ? shown.replace(",", "").replace(/^\d+$/, "int") : "string";
}

/**
 * Parses lines `--flag type   description`, or `--flag   description` for a bool; programs with
 * Go's flag package print one dash.
 */
function flagsOf(help: string): Record<string, string> {
  const lines = help.matchAll(/^ +(?:-\w, )?--?([\w-]+)(?:, -\w)?(?: ('.*'|[^\s']+))?/gm);
  const showsDefaults = /^ +--\S+ '/m.test(help);
  const flags = [...lines].map(
    ([, name = "", shown]) => [name, typeOf(shown, showsDefaults)] as const,
  );
  return Object.fromEntries(flags.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The real types of those flags that etcd's help lists. */
function ownTypes(help: string): Record<string, string> {
  const listed = flagsOf(help);
  return Object.fromEntries(
    Object.entries(etcdFlagTypes()).filter(([name]) => Object.hasOwn(listed, name)),
  );
}

const directory = join(projectDir, "config/upstream/flags");
mkdirSync(directory, { recursive: true });
for (const [program, part] of Object.entries(programs)) {
  const path = join(await goBinDirectory(cacheDir(), part), program);
  /** The output; flanneld prints its help to standard error. */
  const run = (flag: string) => {
    const { stdout, stderr, status } = spawnSync(path, [flag], { encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`${path} ${flag} ended with ${status}: ${stderr}`);
    }
    return stdout || stderr;
  };
  const [version = ""] = /v?\d+\.\d+\.\d+/.exec(run("--version")) ?? [];
  const record = {
    about: `${program}'s flags; written by toolchain/record/recordFlags.ts, not by hand`,
    version: `v${version.replace(/^v/, "")}`,
    flags: { ...flagsOf(run("--help")), ...(program === "etcd" ? ownTypes(run("--help")) : {}) },
  };
  const file = join(directory, `${program}.json`);
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
}
