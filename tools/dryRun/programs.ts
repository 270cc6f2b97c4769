import { access, chmod, constants } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../base/run.ts";
import { blobPath, hasBlob } from "../../mirror/store.ts";
import { architecture } from "../../model/versions.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { makePart, partDirectory } from "../../toolchain/partDirectory.ts";
import type { DryProgram } from "./dryRun.ts";

/** A pinned program in the mirror, which nodes download. */
export interface Program {
  /** Of the file in the mirror. */
  readonly sha256: string;
  /** Executable. */
  readonly path: string;
}

/** The pinned program; undefined if the mirror does not have it yet. */
export async function findProgram(
  cache: string,
  { artifacts }: Pick<ClusterPlan, "artifacts">,
  name: DryProgram,
): Promise<Program | undefined> {
  const { sha256, version } = artifacts[name];
  if (!(await hasBlob(cache, sha256))) return undefined;
  const blob = blobPath(cache, sha256);
  if (name !== "etcd") {
    // Another user may own a shared cache, and have made it executable.
    await access(blob, constants.X_OK).catch(() => chmod(blob, 0o755));
    return { sha256, path: blob };
  }
  const part = { cache, name: "etcd-dry-run", key: sha256 };
  const member = `etcd-${version}-linux-${architecture}/etcd`;
  await makePart(part, async (directory) => {
    const options = ["--directory", directory, "--strip-components", "1"];
    await run("tar", ["--extract", "--gzip", "--file", blob, ...options, member]);
  });
  return { sha256, path: join(partDirectory(cache, part.name, part.key), "etcd") };
}
