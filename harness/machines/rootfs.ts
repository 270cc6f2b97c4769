import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { run } from "../../base/run.ts";
import { makePart, partDirectory } from "../../toolchain/partDirectory.ts";

const name = "machine-rootfs";

/**
 * Absolute path of the container machines' root file system; `build-rootfs.sh` builds a missing
 * one.
 */
export async function machineRootfs(cache: string, signal?: AbortSignal): Promise<string> {
  const key = await rootfsKey();
  await makePart(
    { cache, name, key },
    async (directory) => {
      const script = join(import.meta.dirname, "build-rootfs.sh");
      await run(script, [join(directory, "root")], { signal });
    },
    signal === undefined ? {} : { signal },
  );
  return join(partDirectory(cache, name, key), "root");
}

/**
 * Changes with the build's inputs and with the kernel, because it contains the names of its
 * modules.
 */
async function rootfsKey(): Promise<string> {
  const hash = createHash("sha256").update(release());
  const all = await readdir(import.meta.dirname, { recursive: true });
  for (const path of all.sort()) {
    if (!/^(build-rootfs\.sh|packages\.txt|rootfs\/.*)$/.test(path)) continue;
    const full = join(import.meta.dirname, path);
    if ((await stat(full)).isFile()) hash.update(`\0${path}\0`).update(await readFile(full));
  }
  return hash.digest("hex").slice(0, 16);
}
