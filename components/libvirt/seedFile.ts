import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { seedPath } from "../../cloudinit/seed.ts";

/** What this run of the program has put on disk. */
const written = new Set<string>();

/**
 * The image as a file at its `seedPath`. Readable by its owner only, whole or not there.
 *
 * There is a private key in it, so it is there no longer than the provider may read it: while an update runs.
 * A preview only needs the name.
 */
export function seedFile(directory: string, image: Buffer): string {
  const path = seedPath(directory, image);
  if (pulumi.runtime.isDryRun()) {
    return path;
  }
  if (written.size === 0) {
    process.once("exit", () => {
      for (const file of written) rmSync(file, { force: true });
    });
  }
  written.add(path);
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, image, { mode: 0o600 });
    renameSync(partial, path);
  }
  return path;
}
