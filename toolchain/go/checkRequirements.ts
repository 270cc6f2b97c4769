import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { execa } from "execa";
import semver from "semver";
import { UserError } from "../../base/errors.ts";
import { findOnPath } from "../../base/findCommand.ts";
import type { GoRecipe, SystemPackage } from "./recipe.ts";

/** The directory of the recipes' Go modules. */
export const goDirectory = import.meta.dirname;

/** The output of `go version` (`go version go1.26.8 linux/amd64`); undefined without Go. */
export async function goVersion(): Promise<string | undefined> {
  const result = await execa("go", ["version"], {
    reject: false,
    env: { GOTOOLCHAIN: "local" },
  });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** The Go release that a recipe's go.mod requires: `1.26.3`. */
async function neededGo(recipe: GoRecipe): Promise<string> {
  const text = await readFile(join(goDirectory, recipe.directory, "go.mod"), "utf8");
  const found = /^go (\S+)$/m.exec(text)?.[1];
  if (!found) throw new Error(`toolchain/go/${recipe.directory}/go.mod has no go directive`);
  return found;
}

/**
 * Checks that this machine can build the recipe.
 *
 * @throws UserError that names the missing Go release or all missing Debian packages
 */
export async function checkRequirements(recipe: GoRecipe): Promise<void> {
  const needed = await neededGo(recipe);
  const version = await goVersion();
  const found = /go(\d+\.\d+(?:\.\d+)?)/.exec(version ?? "")?.[1];
  if (!found || semver.lt(semver.coerce(found) ?? "0.0.0", semver.coerce(needed) ?? "0.0.0")) {
    throw new UserError({
      place: `building ${recipe.name} ${recipe.version}`,
      found: version ?? "no `go` on PATH",
      expected: `Go ${needed} or newer`,
      remedy:
        "install your distribution's Go package if it is new enough, or a release from go.dev/dl, and put its bin directory on PATH",
    });
  }
  await checkSystemPackages(`building ${recipe.name} ${recipe.version}`, recipe.cgo ?? []);
}

/** @throws UserError that names every missing Debian package and how to install them. */
export async function checkSystemPackages(
  place: string,
  packages: readonly SystemPackage[],
): Promise<void> {
  const missing: string[] = [];
  for (const wanted of packages) if (!(await isThere(wanted))) missing.push(wanted.debian);
  if (missing.length === 0) return;
  throw new UserError({
    place,
    found: `no ${missing.join(", no ")}`,
    expected: "the packages for static C code",
    remedy: `run \`apt-get install ${missing.join(" ")}\` (on other distributions: the corresponding packages)`,
  });
}

async function isThere({ command, library }: SystemPackage): Promise<boolean> {
  if (command) return (await findOnPath(command)) !== undefined;
  if (!library) return true;
  // gcc prints the bare name if it does not find the file.
  const result = await execa("gcc", [`-print-file-name=${library}`], { reject: false });
  return result.exitCode === 0 && isAbsolute(result.stdout.trim());
}
