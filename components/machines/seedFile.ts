import { renameSync, rmSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { seedPath } from "../../cloudinit/seed.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";

/** What this run of the program has put there. */
const written = new Set<string>();

/**
 * The image as a file at its `seedPath`. Readable by its owner only, whole or not there.
 *
 * There is a private key in it, so it is there no longer than the provider may read it: while an update runs.
 * A preview only needs the name.
 *
 * @throws pulumi.RunError where it can't be put there: no room, or another user's run was killed and left its own
 */
export function seedFile(plan: ClusterPlan, image: Buffer): string {
  const path = seedPath(plan, image);
  if (pulumi.runtime.isDryRun() || written.has(path)) {
    return path;
  }
  if (written.size === 0) {
    process.once("exit", () => {
      for (const file of written) rmSync(file, { force: true });
    });
  }
  const partial = `${path}.${process.pid}`;
  try {
    writeFileSync(partial, image, { mode: 0o600 });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(
      `the seed of a machine can't be written (${why}); make room there, or remove ${path} if another user's run left it`,
    );
  }
  written.add(path);
  return path;
}
