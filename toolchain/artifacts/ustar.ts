/** A directory (without `content`) or a file of an archive. */
export interface TarEntry {
  /**
   * The path in the archive: `bin/`, `./bridge`. At most 100 bytes; a directory's ends in a slash.
   */
  readonly path: string;
  /** Permission bits: 0o755. */
  readonly mode: number;
  readonly content?: Uint8Array;
}

const blockBytes = 512;

/**
 * A POSIX ustar archive of the entries, in their order. The same entries give the same bytes: every
 * entry belongs to root and is dated 1970.
 * Layout: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ("ustar Interchange
 * Format").
 */
export function ustar(entries: readonly TarEntry[]): Buffer {
  const blocks: Uint8Array[] = [];
  for (const entry of entries) {
    blocks.push(header(entry));
    if (!entry.content) continue;
    blocks.push(entry.content);
    blocks.push(Buffer.alloc(padding(entry.content.length)));
  }
  blocks.push(Buffer.alloc(2 * blockBytes));
  return Buffer.concat(blocks);
}

/** Bytes from the end of a file to the next block. */
function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function header({ path, mode, content }: TarEntry): Buffer {
  const name = Buffer.from(path);
  if (name.length > 100) throw new Error(`${path}: longer than the 100 bytes of a ustar name`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, "0"), offset);
  name.copy(block);
  octal(mode, 100, 8);
  octal(0, 108, 8); // uid
  octal(0, 116, 8); // gid
  octal(content?.length ?? 0, 124, 12);
  octal(0, 136, 12); // mtime
  block.write("        ", 148); // The checksum counts its own field as spaces.
  block.write(content ? "0" : "5", 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
