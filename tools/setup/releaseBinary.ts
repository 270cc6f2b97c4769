import { lstat, open } from "node:fs/promises";

/**
 * True if `path` is a released program: a regular ELF file. Programs built here are a link or a
 * script at the same path.
 */
export async function isReleaseBinary(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString("latin1") === "\x7fELF";
  } finally {
    await file.close();
  }
}
