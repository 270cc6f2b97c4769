import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectDir } from "../../../base/paths.ts";

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("package-lock.json has every package that it refers to: without one, npm ci fails", () => {
  const text = readFileSync(join(projectDir, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> };
  /** Resolves a package like Node: in node_modules of the folder, then of its parents. */
  const isLocked = (from: string, name: string): boolean => {
    for (let folder = from; ; folder = folder === "" ? "." : dirname(folder)) {
      const path = folder === "" || folder === "." ? "" : `${folder}/`;
      if (`${path}node_modules/${name}` in packages) return true;
      if (folder === ".") return false;
    }
  };
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter((name) => !isLocked(path, name))
      .map((name) => `${name}, which ${path} needs`),
  );
  expect(missing).toEqual([]);
});
