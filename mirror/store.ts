import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { codeOf, UserError } from "../base/errors.ts";
import { withLock } from "../base/fileLock.ts";
import { cachePaths } from "../base/paths.ts";

const sourceSchema = z.enum(["official", "built"]);
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");

const artifactSchema = z.object({
  file: z.string(),
  sha256: sha256Schema,
  size: z.number(),
  source: sourceSchema,
});

const imageSchema = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  mediaType: z.string(),
  size: z.number(),
  source: sourceSchema,
});

const lockSchema = z.object({
  artifacts: z.record(z.string(), artifactSchema),
  images: z.record(z.string(), imageSchema),
});

/**
 * `official`: the publisher's file; `built`: built on this machine. Their hashes differ, so a lock
 * has one of them.
 */
export type Source = z.infer<typeof sourceSchema>;
export type ArtifactEntry = z.infer<typeof artifactSchema>;
export type ImageEntry = z.infer<typeof imageSchema>;

/**
 * The blob of each artefact (key `<name>@<version>`) and image (key: the full reference with tag).
 */
export type MirrorLock = z.infer<typeof lockSchema>;

/** The path of a blob by its hash; it need not exist. */
export function blobPath(cache: string, sha256: string): string {
  return join(cachePaths(cache).blobs, sha256);
}

/** SHA-256 (hexadecimal) and size in bytes of a file. */
export async function hashFile(path: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest("hex"), size };
}

/**
 * Copies `path` into the store, under its hash; by a hard link if the file system allows it, so
 * that built parts and the store share their bytes.
 */
export async function addBlob(
  cache: string,
  path: string,
): Promise<{ sha256: string; size: number }> {
  const found = await hashFile(path);
  const target = blobPath(cache, found.sha256);
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.${randomUUID()}.part`;
  try {
    await link(path, part).catch(() => copyFile(path, part));
    await rename(part, target);
  } finally {
    // rename() between two links to one file does nothing and leaves both.
    await rm(part, { force: true });
  }
  return found;
}

/** Puts bytes (a manifest, a config) into the store. */
export async function addBytes(
  cache: string,
  bytes: Uint8Array,
): Promise<{ sha256: string; size: number }> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const target = blobPath(cache, sha256);
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.${randomUUID()}.part`;
  await writeFile(part, bytes);
  await rename(part, target);
  return { sha256, size: bytes.length };
}

/** True if the store has this blob with this size: the hash was checked when it was put there. */
export async function hasBlob(cache: string, sha256: string, size?: number): Promise<boolean> {
  const found = await stat(blobPath(cache, sha256)).catch(() => undefined);
  return found?.isFile() === true && (size === undefined || found.size === size);
}

/** @throws UserError if lock.json has another format. */
export async function readMirrorLock(cache: string): Promise<MirrorLock> {
  const path = cachePaths(cache).mirrorLock;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { artifacts: {}, images: {} };
    throw error;
  }
  const remedy = `move it away and run \`./lab mirror sync\``;
  try {
    const found = lockSchema.safeParse(JSON.parse(text));
    if (found.success) return found.data;
    throw new UserError(`${path}: ${z.prettifyError(found.error)}; ${remedy}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError({ place: path, found: error.message, expected: "JSON", remedy });
  }
}

async function editMirrorLock(cache: string, edit: (lock: MirrorLock) => void): Promise<void> {
  const path = cachePaths(cache).mirrorLock;
  await withLock(path, { what: `writing ${path}` }, async () => {
    const lock = await readMirrorLock(cache);
    edit(lock);
    const sorted = (entries: object) =>
      Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
    const text = JSON.stringify(
      { artifacts: sorted(lock.artifacts), images: sorted(lock.images) },
      undefined,
      2,
    );
    await mkdir(dirname(path), { recursive: true });
    const part = `${path}.${randomUUID()}.part`;
    await writeFile(part, `${text}\n`);
    await rename(part, path);
  });
}

/**
 * Copies a file into the store as the artefact `key` (`<name>@<version>`) and records it in
 * lock.json. `file` is the name under which nodes download it: the same for every source.
 */
export async function addArtifact(
  cache: string,
  key: string,
  { file, path, source }: { file: string; path: string; source: Source },
): Promise<ArtifactEntry> {
  const entry = { file, ...(await addBlob(cache, path)), source };
  await editMirrorLock(cache, (lock) => {
    lock.artifacts[key] = entry;
  });
  return entry;
}

/** Records an image whose manifest (`digest`), config and layers are in the store. */
export async function addImage(cache: string, ref: string, entry: ImageEntry): Promise<void> {
  await editMirrorLock(cache, (lock) => {
    lock.images[ref] = entry;
  });
}
