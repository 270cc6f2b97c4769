/** Reads the Joliet tree of an ISO 9660 image, independently of the code that writes one. */
export function readIso(image: Buffer): { volumeId: string; files: Record<string, string> } {
  const joliet = [17, 18]
    .map((sector) => image.subarray(sector * 2048))
    .find(
      (bytes) =>
        bytes[0] === 2 &&
        bytes.toString("latin1", 1, 6) === "CD001" &&
        bytes.toString("latin1", 88, 91) === "%/E",
    );
  const primary = image.subarray(16 * 2048);
  if (
    joliet === undefined ||
    primary[0] !== 1 ||
    image.length !== primary.readUInt32LE(80) * 2048
  ) {
    throw new Error("no ISO 9660 image with Joliet names");
  }
  const at = joliet.readUInt32LE(156 + 2) * 2048;
  const directory = image.subarray(at, at + joliet.readUInt32LE(156 + 10));
  const files: Record<string, string> = {};
  for (let offset = 0; (directory[offset] ?? 0) > 0; offset += directory[offset] ?? 0) {
    const isDirectory = ((directory[offset + 25] ?? 0) & 2) !== 0;
    if (isDirectory) continue;
    const name = directory.subarray(offset + 33, offset + 33 + (directory[offset + 32] ?? 0));
    const start = directory.readUInt32LE(offset + 2) * 2048;
    const size = directory.readUInt32LE(offset + 10);
    files[Buffer.from(name).swap16().toString("utf16le")] = image.toString(
      "utf8",
      start,
      start + size,
    );
  }
  return { volumeId: primary.toString("latin1", 40, 72).trim(), files };
}
