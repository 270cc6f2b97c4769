import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { statePaths } from "../../base/paths.ts";

/** The stacks of the program in the file backend, which may compress them (PULUMI_DIY_BACKEND_GZIP). */
export async function fileStacks(backend: string = statePaths().backend): Promise<string[]> {
  const directory = join(backend, ".pulumi", "stacks", "hardway");
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^(.+)\.json(?:\.gz|\.zst)?$/.exec(name)?.[1] ?? []);
}
