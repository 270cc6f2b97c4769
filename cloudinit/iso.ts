/**
 * A small ISO 9660 image with the Joliet names that Linux reads, for cloud-init's NoCloud source.
 * The same files always give the same bytes. ECMA-119, and Joliet's UCS-2 supplementary descriptor.
 * One flat directory, files of any size, fixed dates.
 */

const sectorSize = 2048;
/** 16 sectors of system area, then the primary, supplementary and terminating descriptors. */
const firstDescriptor = 16;
const pathTables = firstDescriptor + 3;
/** Little- and big-endian path table for each of the two trees. */
const primaryRoot = pathTables + 4;

interface Entry {
  /** Identifier as its tree writes it. */
  readonly name: Buffer;
  readonly sector: number;
  readonly size: number;
  readonly isDirectory: boolean;
}

/**
 * @param volumeId at most 16 characters, e.g. `cidata`
 * @param files names (at most 64 characters) and contents
 */
export function isoImage(volumeId: string, files: Readonly<Record<string, string>>): Buffer {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = sorted.map(([, text]) => Buffer.from(text));
  const jolietRoot = primaryRoot + 1;
  let next = jolietRoot + 1;
  const places = contents.map((content) => {
    const sector = next;
    next += Math.max(1, Math.ceil(content.length / sectorSize));
    return { sector, size: content.length };
  });
  const entries = (nameOf: (name: string, index: number) => Buffer) =>
    sorted.map(
      ([name], index): Entry => ({
        name: nameOf(name, index),
        sector: places[index]?.sector ?? 0,
        size: places[index]?.size ?? 0,
        isDirectory: false,
      }),
    );
  const image = Buffer.alloc(next * sectorSize);
  const put = (sector: number, bytes: Buffer) => bytes.copy(image, sector * sectorSize);

  put(
    firstDescriptor,
    descriptor({ type: 1, volumeId, sectors: next, root: primaryRoot, tables: pathTables }),
  );
  put(
    firstDescriptor + 1,
    descriptor({ type: 2, volumeId, sectors: next, root: jolietRoot, tables: pathTables + 2 }),
  );
  put(firstDescriptor + 2, Buffer.from("\xffCD001\x01", "latin1"));
  put(pathTables, pathTable(primaryRoot, "little"));
  put(pathTables + 1, pathTable(primaryRoot, "big"));
  put(pathTables + 2, pathTable(jolietRoot, "little"));
  put(pathTables + 3, pathTable(jolietRoot, "big"));
  // Names of the primary tree are numbers: readers that matter use the other one.
  put(
    primaryRoot,
    directory(
      primaryRoot,
      entries((_, index) => Buffer.from(`FILE${index}.;1`)),
    ),
  );
  put(
    jolietRoot,
    directory(
      jolietRoot,
      entries((name) => ucs2(name)),
    ),
  );
  for (const [index, content] of contents.entries()) {
    put(places[index]?.sector ?? 0, content);
  }
  return image;
}

interface Descriptor {
  /** 1 is primary, 2 supplementary. */
  readonly type: 1 | 2;
  readonly volumeId: string;
  readonly sectors: number;
  readonly root: number;
  readonly tables: number;
}

function descriptor({ type, volumeId, sectors, root, tables }: Descriptor): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  const text = (at: number, length: number, value: string) => {
    const encoded = type === 2 ? ucs2(value) : Buffer.from(value);
    const blank = type === 2 ? ucs2(" ") : Buffer.from(" ");
    bytes.fill(blank, at, at + length);
    encoded.copy(bytes, at, 0, length);
  };
  bytes[0] = type;
  bytes.write("CD001", 1);
  bytes[6] = 1;
  text(8, 32, "LINUX");
  text(40, 32, volumeId);
  both32(bytes, 80, sectors);
  if (type === 2) {
    // UCS-2 level 3: what says that this tree is Joliet's.
    bytes.write("%/E", 88);
  }
  both16(bytes, 120, 1);
  both16(bytes, 124, 1);
  both16(bytes, 128, sectorSize);
  both32(bytes, 132, pathTableSize);
  bytes.writeUInt32LE(tables, 140);
  bytes.writeUInt32BE(tables + 1, 148);
  record({ name: Buffer.from([0]), sector: root, size: sectorSize, isDirectory: true }).copy(
    bytes,
    156,
  );
  for (const [at, length] of [
    [190, 128],
    [318, 128],
    [446, 128],
    [574, 128],
    [702, 37],
    [739, 37],
    [776, 37],
  ] as const) {
    text(at, length, "");
  }
  for (const at of [813, 830, 847, 864]) {
    bytes.write("2000010100000000", at);
  }
  bytes[881] = 1;
  return bytes;
}

const pathTableSize = 10;

function pathTable(root: number, order: "little" | "big"): Buffer {
  const bytes = Buffer.alloc(pathTableSize);
  bytes[0] = 1;
  if (order === "little") {
    bytes.writeUInt32LE(root, 2);
    bytes.writeUInt16LE(1, 6);
  } else {
    bytes.writeUInt32BE(root, 2);
    bytes.writeUInt16BE(1, 6);
  }
  return bytes;
}

function directory(sector: number, entries: readonly Entry[]): Buffer {
  const self = { sector, size: sectorSize, isDirectory: true };
  const bytes = Buffer.concat([
    record({ ...self, name: Buffer.from([0]) }),
    record({ ...self, name: Buffer.from([1]) }),
    ...entries.map((entry) => record(entry)),
  ]);
  if (bytes.length > sectorSize) {
    throw new Error(`${entries.length} files do not fit one directory sector`);
  }
  return bytes;
}

function record({ name, sector, size, isDirectory }: Entry): Buffer {
  const bytes = Buffer.alloc(33 + name.length + ((name.length + 1) % 2));
  bytes[0] = bytes.length;
  both32(bytes, 2, sector);
  both32(bytes, 10, size);
  // 1 January 2000, 00:00:00 UTC.
  bytes.set([100, 1, 1, 0, 0, 0, 0], 18);
  bytes[25] = isDirectory ? 2 : 0;
  both16(bytes, 28, 1);
  bytes[32] = name.length;
  name.copy(bytes, 33);
  return bytes;
}

function both16(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt16LE(value, at);
  bytes.writeUInt16BE(value, at + 2);
}

function both32(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value, at);
  bytes.writeUInt32BE(value, at + 4);
}

/** UCS-2, big-endian. */
function ucs2(text: string): Buffer {
  return Buffer.from(text, "utf16le").swap16();
}
