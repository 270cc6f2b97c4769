import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../base/fileLock.ts";
import { cachePaths } from "../base/paths.ts";

/** A finished part's directory: it has this name only once it is complete. */
export function partDirectory(cache: string, name: string, key: string): string {
  return join(cachePaths(cache).parts, name, key);
}

/** True if the part is finished. */
export async function hasPart(cache: string, name: string, key: string): Promise<boolean> {
  const found = await stat(partDirectory(cache, name, key)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/**
 * Makes a part if it is missing: `make` fills a temporary directory beside the final one, which is
 * then renamed. A parallel run waits for the result; the remains of a killed run are removed.
 */
export async function makePart(
  { cache, name, key }: { cache: string; name: string; key: string },
  make: (directory: string) => Promise<void>,
  { signal, onWait }: { signal?: AbortSignal; onWait?: (message: string) => void } = {},
): Promise<void> {
  const final = partDirectory(cache, name, key);
  const options = {
    what: `making ${name}`,
    onWait: (owner: { pid: number }) =>
      onWait?.(`process ${owner.pid} is building ${name}: waiting`),
  };
  await withLock(final, signal ? { ...options, signal } : options, async () => {
    if (await hasPart(cache, name, key)) return;
    await removeLeftovers(final);
    const temporary = `${final}.${randomUUID()}.part`;
    await mkdir(temporary, { recursive: true });
    try {
      await make(temporary);
      await rename(temporary, final);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}

async function removeLeftovers(final: string): Promise<void> {
  const parent = dirname(final);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const path = join(parent, name);
    if (path.startsWith(`${final}.`) && name.endsWith(".part")) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
