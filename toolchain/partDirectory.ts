import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../base/fileLock.ts";
import { cachePaths } from "../base/paths.ts";

/** Where a finished part stands: it exists under this name only when it is whole. */
export function partDirectory(cache: string, name: string, key: string): string {
  return join(cachePaths(cache).parts, name, key);
}

/** True if the part is finished. */
export async function hasPart(cache: string, name: string, key: string): Promise<boolean> {
  const found = await stat(partDirectory(cache, name, key)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/**
 * Makes a part unless it is there: `make` fills a temporary directory beside the final one, which is renamed into
 * place at the end. A second run that wants the same part waits and finds it; what a killed run left is removed.
 */
export async function makePart(
  { cache, name, key }: { cache: string; name: string; key: string },
  make: (directory: string) => Promise<void>,
  { signal, onWait }: { signal?: AbortSignal; onWait?: (message: string) => void } = {},
): Promise<void> {
  const final = partDirectory(cache, name, key);
  const options = {
    what: `making ${name}`,
    onWait: (owner: { pid: number }) => onWait?.(`process ${owner.pid} is making ${name}: waiting`),
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
