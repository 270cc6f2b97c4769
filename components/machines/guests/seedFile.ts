import { renameSync, rmSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { seedPath } from "../../../cloudinit/seed.ts";
import type { ClusterPlan } from "../../../plan/clusterPlan.ts";

/** The files that this process has written. */
const written = new Set<string>();

/**
 * Writes the image to its `seedPath`: readable by its owner only, and atomically.
 *
 * The image contains a private key, so the file exists only while an update runs and the provider
 * may read it. A preview needs only the name.
 *
 * @throws pulumi.RunError if it cannot be written: no space, or a killed run of another user left
 * its own file
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
