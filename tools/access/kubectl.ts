import { chmod, copyFile, mkdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findCommand } from "../../base/findCommand.ts";
import { cacheDir, cachePaths } from "../../base/paths.ts";
import { artifactFile } from "../../mirror/syncArtifact.ts";
import { artifactKey, artifacts } from "../../model/versions.ts";

/** A kubectl to run: the mirror's, of the cluster's version, else the person's own. */
export async function findKubectl(cache: string = cacheDir()): Promise<string> {
  const key = artifactKey("kubectl", artifacts.kubectl);
  try {
    const blob = await artifactFile(cache, key);
    return await asCommand(cache, blob);
  } catch (error) {
    const own = await findCommand("kubectl");
    if (own !== undefined) return own;
    throw error;
  }
}

/** A blob is a file of bytes: a copy of it, in a place that its hash names, may be run. */
async function asCommand(cache: string, blob: string): Promise<string> {
  const hash = blob.slice(-64, -48);
  const path = join(cachePaths(cache).parts, "kubectl", hash, "bin", "kubectl");
  if (await stat(path).catch(() => undefined)) return path;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await copyFile(blob, part);
  await chmod(part, 0o755);
  await rename(part, path);
  return path;
}
