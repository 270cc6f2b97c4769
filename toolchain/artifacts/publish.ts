import { addArtifact, addBlob, addImage, hasBlob, readMirrorLock } from "../../mirror/store.ts";
import { imageBlobPath, type PackedImages } from "./images.ts";
import { type PackedArtifacts, packedPath } from "./packArtifacts.ts";

/**
 * The keys of `packed` that the mirror lacks. An official entry counts as present: a local build
 * never replaces the publisher's file.
 */
export async function missingArtifacts(cache: string, packed: PackedArtifacts): Promise<string[]> {
  const { artifacts } = await readMirrorLock(cache);
  const missing: string[] = [];
  for (const [key, mine] of Object.entries(packed)) {
    const entry = artifacts[key];
    const wanted = entry?.source === "official" ? entry : mine;
    const same = entry?.sha256 === wanted.sha256 && entry.file === wanted.file;
    if (!same || !(await hasBlob(cache, wanted.sha256, wanted.size))) missing.push(key);
  }
  return missing;
}

/** Adds the artifacts that the mirror lacks to its store and lock file. */
export async function publishArtifacts(
  cache: string,
  directory: string,
  packed: PackedArtifacts,
): Promise<void> {
  for (const key of await missingArtifacts(cache, packed)) {
    const file = packed[key]?.file;
    if (file === undefined) continue;
    await addArtifact(cache, key, { file, path: packedPath(directory, file), source: "built" });
  }
}

/** The references of `packed` that the mirror lacks; official ones count as present. */
export async function missingImages(cache: string, packed: PackedImages): Promise<string[]> {
  const { images } = await readMirrorLock(cache);
  const missing: string[] = [];
  for (const [ref, mine] of Object.entries(packed)) {
    const entry = images[ref];
    // An official image's blobs are listed only in its manifest; they were stored before the
    // manifest.
    const blobs =
      entry?.source === "official"
        ? [{ sha256: entry.digest.replace("sha256:", ""), size: entry.size }]
        : mine.blobs;
    const there = await Promise.all(blobs.map(({ sha256, size }) => hasBlob(cache, sha256, size)));
    const same = entry?.source === "official" || entry?.digest === mine.digest;
    if (!same || there.includes(false)) missing.push(ref);
  }
  return missing;
}

/** Adds the images that the mirror lacks to its store and lock file. */
export async function publishImages(
  cache: string,
  directory: string,
  packed: PackedImages,
): Promise<void> {
  for (const ref of await missingImages(cache, packed)) {
    const image = packed[ref];
    if (!image) continue;
    for (const { sha256 } of image.blobs) await addBlob(cache, imageBlobPath(directory, sha256));
    const { digest, mediaType, size } = image;
    await addImage(cache, ref, { digest, mediaType, size, source: "built" });
  }
}
