import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../base/findCommand.ts";
import { projectDir } from "../../base/paths.ts";
import { skippedExitCode } from "./skipped.ts";

/**
 * Runs shellcheck over every shell script of the project and over the snapshots of rendered steps.
 * Exits with 77 ("skipped") if shellcheck is not installed: nothing else needs it.
 */

const skippedDirectories = new Set(["node_modules", ".git", "coverage"]);

/** Findings that no script here can avoid. */
const everywhere = [
  "SC2153", // SUDO_UID beside SUDO_GID is not a misspelling.
];

/** Fragments are joined with other files before they run, which set and read their variables. */
const inFragments = [...everywhere, "SC2034", "SC2154"];

const inSnapshots = [
  ...inFragments,
  "SC2043", // A list that is rendered from the config may have one element.
  "SC2174", // Only the deepest directory gets the mode, on purpose.
  "SC2218", // One snapshot holds two scripts, create and delete.
];

type Kind = "script" | "fragment" | "snapshot";

/** A fragment does not name its shell. */
const options: Readonly<Record<Kind, readonly string[]>> = {
  script: [`--exclude=${everywhere.join(",")}`],
  fragment: ["--shell=bash", `--exclude=${inFragments.join(",")}`],
  snapshot: ["--shell=bash", `--exclude=${inSnapshots.join(",")}`],
};

interface Script {
  readonly path: string;
  readonly kind: Kind;
}

function scriptsIn(directory: string): Script[] {
  return readdirSync(join(projectDir, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return skippedDirectories.has(entry.name) ? [] : scriptsIn(path);
    return entry.isFile() ? scriptAt(path) : [];
  });
}

function scriptAt(path: string): Script[] {
  const isNamed = path.endsWith(".sh");
  // Programs without an ending are scripts if their first line says so.
  if (!isNamed && /\.\w+$/.test(path)) return [];
  if (/^#!.*\b(ba|da)?sh\b/.test(readFileSync(join(projectDir, path), "utf8"))) {
    return [{ path, kind: "script" }];
  }
  if (!isNamed) return [];
  return [{ path, kind: path.includes("__snapshots__") ? "snapshot" : "fragment" }];
}

const program = await findCommand("shellcheck");
if (program === undefined) {
  console.log("shellcheck is not installed (Debian: apt-get install shellcheck)");
  process.exit(skippedExitCode);
}

const scripts = scriptsIn(".");
for (const kind of ["script", "fragment", "snapshot"] as const) {
  const paths = scripts.filter((script) => script.kind === kind).map(({ path }) => path);
  const args = ["--format=gcc", ...options[kind], ...paths];
  const { status, error } = spawnSync(program, args, { cwd: projectDir, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exitCode = 1;
}
console.log(`${scripts.length} scripts checked`);
