import { type FileHandle, open } from "node:fs/promises";
import type { Transform } from "node:stream";
import { createInflateRaw, createZstdDecompress } from "node:zlib";

/** https://www.qemu.org/docs/master/interop/qcow2.html */
const layout = { clusterBits: 20, l1Table: 40, incompatible: 72, compression: 104 };
const sectorBytes = 512;

/** The place of a table or cluster, in entries of the tables. */
const offsetMask = 0x00ff_ffff_ffff_fe00n;
const compressedFlag = 1n << 62n;
/** The cluster reads as zeros. */
const zeroFlag = 1n;
/** The disk's data is in another file. */
const elsewhereFlag = 1n << 2n;
/** The header's compression field is valid. */
const compressionFlag = 1n << 3n;

/**
 * The first sector of the disk in a qcow2 file. Undefined if it cannot be read here, or if the file
 * is damaged.
 */
export async function bootSector(path: string): Promise<Buffer | undefined> {
  const file = await open(path);
  try {
    const header = await bytesAt(file, 0n, layout.compression + 1);
    if (header === undefined) return undefined;
    const clusterBits = header.readUInt32BE(layout.clusterBits);
    const isKnown = clusterBits >= 9 && clusterBits <= 21;
    const flags = header.readUInt32BE(4) < 3 ? 0n : header.readBigUInt64BE(layout.incompatible);
    if (!isKnown || (flags & elsewhereFlag) !== 0n) return undefined;
    const l1 = await entryAt(file, header.readBigUInt64BE(layout.l1Table));
    if (l1 === undefined) return undefined;
    if ((l1 & offsetMask) === 0n) return Buffer.alloc(sectorBytes);
    const l2 = await entryAt(file, l1 & offsetMask);
    return l2 === undefined
      ? undefined
      : await sectorOf(file, l2, { clusterBits, isZstd: isZstd(header, flags) });
  } finally {
    await file.close();
  }
}

const isZstd = (header: Buffer, flags: bigint): boolean =>
  (flags & compressionFlag) !== 0n && header[layout.compression] === 1;

async function sectorOf(
  file: FileHandle,
  l2: bigint,
  { clusterBits, isZstd: zstd }: { readonly clusterBits: number; readonly isZstd: boolean },
) {
  if ((l2 & compressedFlag) === 0n) {
    const isZero = (l2 & offsetMask) === 0n || (l2 & zeroFlag) !== 0n;
    return isZero ? Buffer.alloc(sectorBytes) : bytesAt(file, l2 & offsetMask, sectorBytes);
  }
  // The low bits are the offset, which need not be aligned; the rest up to bit 61 counts sectors.
  const offsetBits = BigInt(62 - (clusterBits - 8));
  const offset = l2 & ((1n << offsetBits) - 1n);
  const sectors = Number((l2 & (compressedFlag - 1n)) >> offsetBits) + 1;
  const packed = Buffer.alloc(sectors * sectorBytes);
  const { bytesRead } = await file.read(packed, 0, packed.length, Number(offset));
  return firstSector(
    zstd ? createZstdDecompress() : createInflateRaw(),
    packed.subarray(0, bytesRead),
  );
}

/** Reads no further: the bytes after the cluster's own belong to the next one. */
async function firstSector(unpacker: Transform, packed: Buffer): Promise<Buffer | undefined> {
  unpacker.end(packed);
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) {
      return chunk.subarray(0, sectorBytes);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

const entryAt = async (file: FileHandle, offset: bigint): Promise<bigint | undefined> =>
  (await bytesAt(file, offset, 8))?.readBigUInt64BE(0);

async function bytesAt(file: FileHandle, offset: bigint, length: number) {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, Number(offset));
  return bytesRead === length ? bytes : undefined;
}

/** Whether a PC's BIOS can start it: the code before the partition table, and the signature. */
export const isBootable = (sector: Buffer): boolean =>
  sector.readUInt16LE(510) === 0xaa55 && sector.subarray(0, 440).some((byte) => byte !== 0);
