import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bootSector, isBootable } from "../../../tools/setup/bootSector.ts";
import { temporaryDirectory } from "./temporary.ts";

const clusterBits = 16;
const cluster = 1 << clusterBits;

/** A boot sector with code, as GRUB's, or only with a protective partition table. */
function sectorWith(code: readonly number[]): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
const grub = sectorWith([0xeb, 0x63, 0x90]);
const protective = sectorWith([]);

/** A qcow2 file: header, L1 table, L2 table with this first entry, then these bytes. */
function qcow2(
  entry: bigint,
  bytes: Buffer,
  { l1 = BigInt(2 * cluster), flags = 0n } = {},
): string {
  const file = Buffer.alloc(3 * cluster);
  file.write("QFI\xfb", "latin1");
  file.writeUInt32BE(3, 4);
  file.writeUInt32BE(clusterBits, 20);
  file.writeBigUInt64BE(BigInt(cluster), 40);
  file.writeBigUInt64BE(flags, 72);
  if ((flags & zstd) !== 0n) file[104] = 1;
  file.writeBigUInt64BE(l1, cluster);
  file.writeBigUInt64BE(entry, 2 * cluster);
  const path = join(temporaryDirectory(), "disk.qcow2");
  writeFileSync(path, Buffer.concat([file, bytes]));
  return path;
}
const start = BigInt(3 * cluster);
const copied = 1n << 63n;
const zstd = 0b1000n;

describe("the boot sector of a qcow2 file", () => {
  test("is in the first cluster", async () => {
    expect(await bootSector(qcow2(start | copied, grub))).toEqual(grub);
  });

  test.each([
    ["zlib", deflateRawSync, 0n],
    ["zstd", zstdCompressSync, zstd],
  ])(
    "is read from a cluster compressed with %s, which may begin anywhere",
    async (_, pack, flags) => {
      const packed = pack(Buffer.concat([grub, Buffer.alloc(cluster - 512, 7)]));
      const sectors = BigInt(Math.ceil((packed.length + 5) / 512) - 1);
      const entry = (1n << 62n) | (sectors << 54n) | (start + 5n);
      // The next cluster begins in the same sector.
      const bytes = Buffer.concat([Buffer.alloc(5), packed, Buffer.alloc(300, 9)]);
      expect(await bootSector(qcow2(entry, bytes, { flags }))).toEqual(grub);
    },
  );

  test("is empty on a disk on which nothing was written", async () => {
    const empty = Buffer.alloc(512);
    expect(await bootSector(qcow2(0n, grub))).toEqual(empty);
    expect(await bootSector(qcow2(start | 1n, grub))).toEqual(empty);
    expect(await bootSector(qcow2(start, grub, { l1: 0n }))).toEqual(empty);
  });

  test("is unknown if another file has the data, or the file is damaged", async () => {
    expect(await bootSector(qcow2(start, grub, { flags: 0b100n }))).toBeUndefined();
    expect(await bootSector(qcow2(start, grub.subarray(0, 100)))).toBeUndefined();
    expect(await bootSector(qcow2((1n << 62n) | start, Buffer.alloc(600, 255)))).toBeUndefined();
  });
});

test("a disk boots with code before its partition table, which images for UEFI alone lack", () => {
  expect(isBootable(grub)).toBe(true);
  expect(isBootable(protective)).toBe(false);
  expect(isBootable(Buffer.alloc(512))).toBe(false);
});
