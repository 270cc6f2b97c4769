import { chmod, copyFile, mkdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findCommand } from "../../base/findCommand.ts";
import { cacheDir, cachePaths } from "../../base/paths.ts";
import { artifactFile } from "../../mirror/syncArtifact.ts";
import { artifactKey, artifacts } from "../../model/versions.ts";

/** The path of a kubectl: the mirror's, which has the cluster's version, else the user's own. */
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

/** Blobs are not executable; returns the path of an executable copy, named after the hash. */
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
