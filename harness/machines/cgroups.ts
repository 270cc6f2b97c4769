import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../base/errors.ts";

const mountPoint = "/sys/fs/cgroup";

/**
 * The directories of a cgroup (like `hardway-machines/lab/m1`) and its children in every hierarchy,
 * deepest first.
 */
async function directories(path: string): Promise<string[]> {
  const hierarchies = await readdir(mountPoint);
  const found = await Promise.all(hierarchies.map((name) => below(join(mountPoint, name, path))));
  return found.flat();
}

async function below(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const children = entries.filter((entry) => entry.isDirectory());
  const nested = await Promise.all(children.map(({ name }) => below(join(directory, name))));
  return [...nested.flat(), directory];
}

/** The ids of the processes in a cgroup and its children. */
export async function processesIn(path: string): Promise<number[]> {
  const files = (await directories(path)).map((directory) => join(directory, "cgroup.procs"));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return [...new Set(texts.flatMap((text) => text.split("\n")).filter(Boolean))].map(Number);
}

/** Removes an empty cgroup from every hierarchy. */
export async function removeCgroup(path: string): Promise<void> {
  for (const directory of await directories(path)) {
    try {
      await rmdir(directory);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** Freezes or thaws every process in the cgroup. */
export async function freezeCgroup(path: string, frozen: boolean): Promise<void> {
  const file = join(mountPoint, "freezer", path, "freezer.state");
  await writeFile(file, frozen ? "FROZEN" : "THAWED");
}
