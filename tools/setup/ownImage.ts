import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, IntegrityError, UserError } from "../../base/errors.ts";
import { cachePaths, ownImageName } from "../../base/paths.ts";
import { downloadFile } from "../../mirror/download.ts";
import { megabytes } from "../../mirror/pullImage.ts";
import type { BringContext, Part } from "../../toolchain/part.ts";
import { hasPart, makePart } from "../../toolchain/partDirectory.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { bootSector, isBootable } from "./bootSector.ts";

/** An image in the config, by URL or path and hash. */
export type OwnImage = Pick<Exclude<LabConfig["image"], string>, "url" | "sha256">;

const remedies = {
  missing: "correct machines.image.url",
  changed:
    "the file was not kept; if it is the right image, write its hash into machines.image.sha256, else name another file",
};

/**
 * Copies the config's own image to the cache and checks its hash. Machines are created from the
 * copy, so later changes of the original do not matter.
 */
export function ownImagePart(cache: string, image: OwnImage): Part {
  const { url, sha256 } = image;
  const isHere = url.startsWith("/");
  return {
    name: "base-image",
    describe: `the image ${url}`,
    from: isHere ? "this machine" : "its URL",
    present: () => hasPart(cache, ownImageName, sha256),
    bring: async (context) => {
      const make = async (directory: string) => {
        const path = join(directory, basename(cachePaths(cache).ownImage(sha256)));
        await (isHere ? copyChecked(image, path, context) : downloadChecked(image, path, context));
        await requireDisk(url, path);
      };
      const place = { cache, name: ownImageName, key: sha256 };
      await makePart(place, make, { signal: context.signal, onWait: context.report });
    },
    check: () => requireDisk(url, cachePaths(cache).ownImage(sha256)),
  };
}

async function downloadChecked(
  { url, sha256 }: OwnImage,
  path: string,
  { report, signal }: BringContext,
): Promise<void> {
  await downloadFile(url, path, {
    name: "machines.image",
    wanted: { algorithm: "sha256", hex: sha256 },
    remedies,
    signal,
    onBytes: (got, of) => report(`${megabytes(got)} of ${megabytes(of ?? got)}`),
  });
}

/** Hashes the bytes that it writes, so the copy cannot differ from what was checked. */
async function copyChecked(
  { url, sha256 }: OwnImage,
  path: string,
  { report, signal }: BringContext,
): Promise<void> {
  const source = await openFile(url);
  const hash = createHash("sha256");
  const { size: of } = await source.stat();
  let size = 0;
  const measure = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      report(`${megabytes(size)} of ${megabytes(of)}`);
      done(null, chunk);
    },
  });
  await pipeline(source.createReadStream(), measure, createWriteStream(path), { signal });
  const got = hash.digest("hex");
  if (got === sha256) return;
  throw new IntegrityError({
    place: url,
    found: `sha256 ${got} (${size} bytes)`,
    expected: `sha256 ${sha256}`,
    remedy: remedies.changed,
  });
}

async function openFile(path: string): Promise<FileHandle> {
  const mistake = { place: path, expected: "a disk image", remedy: remedies.missing };
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    const found =
      codeOf(error) === "ENOENT" ? "nothing" : `a file that cannot be read (${codeOf(error)})`;
    throw new UserError({ ...mistake, found }, { cause: error });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new UserError({ ...mistake, found: "not a regular file" });
}

async function requireDisk(url: string, path: string): Promise<void> {
  await requireQcow2(url, path);
  const sector = await bootSector(path);
  if (sector === undefined || isBootable(sector)) return;
  throw new UserError({
    place: url,
    found: "a disk without a boot loader for a PC's BIOS",
    expected: "a cloud image for x86-64 that boots with BIOS",
    remedy:
      "choose the amd64 or x86_64 image; images for other processors (arm64, aarch64) and for UEFI alone do not boot here",
  });
}

/** The beginning of every qcow2 file: https://www.qemu.org/docs/master/interop/qcow2.html */
const qcow2Magic = "QFI\xfb";

async function requireQcow2(url: string, path: string): Promise<void> {
  const file = await open(path);
  const { buffer, bytesRead } = await file
    .read(Buffer.alloc(4), 0, 4, 0)
    .finally(() => file.close());
  const start = buffer.toString("latin1", 0, bytesRead);
  if (start === qcow2Magic) return;
  throw new UserError({
    place: url,
    found: `a file that begins with ${JSON.stringify(start)}`,
    expected: "a disk image in qcow2 format",
    remedy:
      "convert it with qemu-img convert -O qcow2, and write the new file's hash into machines.image.sha256",
  });
}
