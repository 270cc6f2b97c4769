import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addArtifact, blobPath, readMirrorLock } from "../../mirror/store.ts";
import { artifacts, versions } from "../../model/versions.ts";
import { imageBlobPath } from "../../toolchain/artifacts/images.ts";
import { digestOf, manifestType } from "../../toolchain/artifacts/ociImage.ts";
import { packArtifacts, packedPath, readPacked } from "../../toolchain/artifacts/packArtifacts.ts";
import {
  missingArtifacts,
  missingImages,
  publishArtifacts,
  publishImages,
} from "../../toolchain/artifacts/publish.ts";

let cache: string;
let part: string;
const runcKey = `runc@${versions.runc}`;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "hardway-mirror-"));
  part = join(cache, "parts", "x");
  await mkdir(join(part, "bin"), { recursive: true });
});
afterEach(() => rm(cache, { recursive: true }));

async function packRunc() {
  await writeFile(join(part, "bin", "runc"), "a runc");
  await packArtifacts("runc", part);
  return readPacked(part);
}

test("a bare artefact is the binary under its publisher's name", async () => {
  const packed = await packRunc();
  expect(packed).toEqual({
    [runcKey]: {
      file: artifacts.runc.file,
      sha256: digestOf(Buffer.from("a runc")).replace("sha256:", ""),
      size: 6,
    },
  });
  expect(await readFile(packedPath(part, artifacts.runc.file), "utf8")).toBe("a runc");
});

test("what is published is in the store and in the lock as built", async () => {
  const packed = await packRunc();
  expect(await missingArtifacts(cache, packed)).toEqual([runcKey]);
  await publishArtifacts(cache, part, packed);
  expect(await missingArtifacts(cache, packed)).toEqual([]);
  const entry = (await readMirrorLock(cache)).artifacts[runcKey];
  expect(entry).toEqual({ ...packed[runcKey], source: "built" });
  expect(await readFile(blobPath(cache, entry?.sha256 ?? ""), "utf8")).toBe("a runc");
});

test("an artefact whose blob was lost is missing", async () => {
  const packed = await packRunc();
  await publishArtifacts(cache, part, packed);
  await rm(blobPath(cache, packed[runcKey]?.sha256 ?? ""));
  expect(await missingArtifacts(cache, packed)).toEqual([runcKey]);
});

test("a new build replaces the entry of an older one", async () => {
  const older = join(cache, "older");
  await writeFile(older, "older");
  await addArtifact(cache, runcKey, { file: artifacts.runc.file, path: older, source: "built" });
  const packed = await packRunc();
  expect(await missingArtifacts(cache, packed)).toEqual([runcKey]);
});

test("an official artefact is never replaced by a built one", async () => {
  const official = join(cache, "official");
  await writeFile(official, "official");
  const { file } = artifacts.runc;
  const entry = await addArtifact(cache, runcKey, { file, path: official, source: "official" });
  const packed = await packRunc();
  await publishArtifacts(cache, part, packed);
  expect((await readMirrorLock(cache)).artifacts).toEqual({ [runcKey]: entry });
});

test("entries published at the same time are all kept", async () => {
  const packed = await packRunc();
  await Promise.all([
    publishArtifacts(cache, part, packed),
    publishArtifacts(cache, part, { "other@v1": packed[runcKey] ?? expect.fail() }),
  ]);
  expect(Object.keys((await readMirrorLock(cache)).artifacts)).toEqual(["other@v1", runcKey]);
});

test("an image is there when all its blobs are", async () => {
  const blobs = [];
  await mkdir(join(part, "blobs"));
  for (const text of ["manifest", "config", "layer"]) {
    const sha256 = digestOf(Buffer.from(text)).replace("sha256:", "");
    await writeFile(imageBlobPath(part, sha256), text);
    blobs.push({ sha256, size: text.length });
  }
  const digest = `sha256:${blobs[0]?.sha256 ?? ""}`;
  const packed = { "r/pause:1": { mediaType: manifestType, digest, size: 8, blobs } };
  expect(await missingImages(cache, packed)).toEqual(["r/pause:1"]);
  await publishImages(cache, part, packed);
  expect(await missingImages(cache, packed)).toEqual([]);
  expect((await readMirrorLock(cache)).images).toEqual({
    "r/pause:1": { digest, mediaType: manifestType, size: 8, source: "built" },
  });
  await rm(blobPath(cache, blobs[2]?.sha256 ?? ""));
  expect(await missingImages(cache, packed)).toEqual(["r/pause:1"]);
});
