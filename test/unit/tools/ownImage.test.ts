import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { IntegrityError, UserError } from "../../../base/errors.ts";
import { cachePaths } from "../../../base/paths.ts";
import { baseImageFor } from "../../../tools/setup/baseImageFor.ts";
import { type OwnImage, ownImagePart } from "../../../tools/setup/ownImage.ts";
import { temporaryDirectory, temporaryServer } from "./temporary.ts";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const disk = Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(300_000, 7)]);
const wrong = "ab".repeat(32);

const server: RequestListener = (request, response) => {
  if (request.url === "/disk.qcow2") return void response.end(disk);
  if (request.url === "/short.qcow2") {
    response.setHeader("content-length", disk.length);
    return void response.write(disk.subarray(0, 1000), () => response.destroy());
  }
  response.statusCode = 404;
  response.end("no such file");
};

function bring(cache: string, image: OwnImage): Promise<void> {
  const { signal } = new AbortController();
  return ownImagePart(cache, image).bring({ report: () => undefined, signal, log: "" });
}

/** The cache's files and directories after a run, without locks. */
function left(cache: string): string[] {
  const directory = join(cache, "parts", "own-image");
  return existsSync(directory) ? readdirSync(directory).filter((name) => !/lock/.test(name)) : [];
}

function fileWith(bytes: Buffer): string {
  const path = join(temporaryDirectory(), "own.qcow2");
  writeFileSync(path, bytes);
  return path;
}

describe("a custom image", () => {
  test("for another processor, or for UEFI alone, has no boot loader and is not taken", async () => {
    const cache = temporaryDirectory();
    // A disk on which nothing was written.
    const empty = Buffer.alloc(131_072);
    empty.write("QFI\xfb", "latin1");
    empty.writeUInt32BE(16, 20);
    empty.writeBigUInt64BE(65_536n, 40);
    const url = fileWith(empty);
    await expect(bring(cache, { url, sha256: sha256(empty) })).rejects.toThrow(
      "found a disk without a boot loader for a PC's BIOS, expected a cloud image for x86-64 that boots with BIOS; choose the amd64 or x86_64 image",
    );
    expect(left(cache)).toEqual([]);
  });

  test.each(["a URL", "a path"])(
    "given by %s is taken once its bytes have the hash",
    async (by) => {
      const cache = temporaryDirectory();
      const url = by === "a path" ? fileWith(disk) : `${await temporaryServer(server)}/disk.qcow2`;
      const image = { url, sha256: sha256(disk), cpuLevel: "x86-64-v1" } as const;
      const config = { makesMachines: true, image };
      const part = ownImagePart(cache, image);
      expect([await part.present(), await baseImageFor(cache, config)]).toEqual([false, undefined]);
      await bring(cache, image);
      await part.check();
      const path = cachePaths(cache).ownImage(image.sha256);
      expect([await part.present(), await baseImageFor(cache, config)]).toEqual([true, path]);
      expect(readFileSync(path).equals(disk)).toBe(true);
      expect(await baseImageFor(cache, { ...config, makesMachines: false })).toBeUndefined();
    },
  );

  test("stays what was compared, whatever becomes of the file", {
    meta: { rows: ["S1-25"] },
  }, async () => {
    const cache = temporaryDirectory();
    const url = fileWith(disk);
    await bring(cache, { url, sha256: sha256(disk) });
    writeFileSync(url, "something else");
    await bring(cache, { url, sha256: sha256(disk) });
    expect(statSync(cachePaths(cache).ownImage(sha256(disk))).size).toBe(disk.length);
  });

  const remedy =
    "the file was not kept; if it is the right image, write its hash into machines.image.sha256, else name another file";
  const mismatch = `found sha256 ${sha256(disk)} (300004 bytes), expected sha256 ${wrong}; ${remedy}`;

  test("of another hash by URL: file, wanted, got, remedy, and nothing stays", async () => {
    const cache = temporaryDirectory();
    const url = `${await temporaryServer(server)}/disk.qcow2`;
    const done = bring(cache, { url, sha256: wrong });
    await expect(done).rejects.toThrow(
      new IntegrityError(`machines.image from ${url}: ${mismatch}`),
    );
    expect(left(cache)).toEqual([]);
  });

  test("of another hash by path: the same", async () => {
    const cache = temporaryDirectory();
    const url = fileWith(disk);
    const done = bring(cache, { url, sha256: wrong });
    await expect(done).rejects.toThrow(new IntegrityError(`${url}: ${mismatch}`));
    expect(left(cache)).toEqual([]);
    expect(readFileSync(url).equals(disk)).toBe(true);
  });

  test.each([
    [
      "no such file",
      "/gone.qcow2",
      "found HTTP 404 Not Found, expected the file; correct machines.image.url",
    ],
    [
      "a file cut short",
      "/short.qcow2",
      "the server closed the connection before the end; run it again",
    ],
  ])("by URL with %s", async (_, path, expected) => {
    const cache = temporaryDirectory();
    const url = (await temporaryServer(server)) + path;
    await expect(bring(cache, { url, sha256: sha256(disk) })).rejects.toThrow(
      new UserError(`machines.image from ${url}: ${expected}`),
    );
    expect(left(cache)).toEqual([]);
  });

  test.each([
    ["nothing", (directory: string) => join(directory, "gone"), "nothing"],
    ["a directory", (directory: string) => directory, "not a regular file"],
  ])("by path with %s there", async (_, pathIn, found) => {
    const url = pathIn(temporaryDirectory());
    await expect(bring(temporaryDirectory(), { url, sha256: wrong })).rejects.toThrow(
      `${url}: found ${found}, expected a disk image; correct machines.image.url`,
    );
  });

  test("of another format is not taken, even with its hash", {
    meta: { rows: ["S0-07"] },
  }, async () => {
    const cache = temporaryDirectory();
    const raw = Buffer.from("<html>");
    const url = fileWith(raw);
    await expect(bring(cache, { url, sha256: sha256(raw) })).rejects.toThrow(
      `${url}: found a file that begins with "<htm", expected a disk image in qcow2 format; convert it with qemu-img convert`,
    );
    expect(left(cache)).toEqual([]);
  });
});
