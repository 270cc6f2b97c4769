import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { statePaths } from "../../base/paths.ts";

/**
 * The program's stacks in the file backend, whose files may be compressed
 * (PULUMI_DIY_BACKEND_GZIP).
 */
export async function fileStacks(backend: string = statePaths().backend): Promise<string[]> {
  const directory = join(backend, ".pulumi", "stacks", "hardway");
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^(.+)\.json(?:\.gz|\.zst)?$/.exec(name)?.[1] ?? []);
}
