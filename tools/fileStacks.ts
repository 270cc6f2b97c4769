import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { statePaths } from "./paths.ts";

/** The stacks of the program in the file backend. */
export async function fileStacks(backend: string = statePaths().backend): Promise<string[]> {
  const directory = join(backend, ".pulumi", "stacks", "hardway");
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));
}
