import { quote } from "../../base/wording.ts";

/**
 * Why this is not a public SSH key of one of these types as in a .pub file; undefined if it is one.
 * The key's blob begins with the length and name of its type (RFC 4253, section 6.6), so a
 * truncated key or a wrong type is detected.
 */
export function publicKeyFault(input: unknown, types: readonly string[]): string | undefined {
  if (typeof input !== "string") {
    return `got ${quote(input)}`;
  }
  if (input.includes("PRIVATE KEY")) {
    return "this is a private key: remove it from the config, and create a new one if it may have been disclosed";
  }
  const line = input.trim();
  if (line.includes("\n")) {
    return "got several lines";
  }
  const [type = "", blob = ""] = line.split(/\s+/);
  if (!types.includes(type)) {
    return `its first word is ${quote(type)}, not one of ${types.join(", ")}`;
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob) || blob.length % 4 !== 0) {
    return "its second word is not valid base64; is it truncated?";
  }
  return blobFault(type, Buffer.from(blob, "base64"));
}

function blobFault(type: string, blob: Buffer): string | undefined {
  const fields: Buffer[] = [];
  let rest = blob;
  while (rest.length > 0) {
    const length = rest.length < 4 ? Number.POSITIVE_INFINITY : rest.readUInt32BE(0);
    if (length > rest.length - 4) {
      return "its second word is truncated";
    }
    fields.push(rest.subarray(4, 4 + length));
    rest = rest.subarray(4 + length);
  }
  const inside = fields[0]?.toString("latin1") ?? "";
  if (inside !== type) {
    return `its first word is ${type}, but its content says ${quote(inside)}`;
  }
  return fields.length < 2 ? "its second word is truncated" : undefined;
}
