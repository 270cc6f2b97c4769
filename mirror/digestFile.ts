import { basename } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Digest } from "./download.ts";

const algorithms = { 64: "sha256", 128: "sha512" } as const;

/**
 * The digest of `file` in its publisher's digest file: lines of `HASH  file` as sha256sum prints
 * them, lines of `SHA256 (file) = HASH` as BSD tools do, or a single hash. The hash's length
 * determines its algorithm.
 *
 * @throws UserError if the text has no hash for this file.
 */
export function digestIn(text: string, file: string, url: string): Digest {
  const lines = text.split("\n").filter((line) => hashOf(line) !== undefined);
  const named = lines.find((line) => namesOf(line).includes(file));
  const bare =
    lines.length === 1 && /^\s*[0-9a-f]+\s*$/i.test(lines[0] ?? "") ? lines[0] : undefined;
  const found = hashOf(named ?? bare ?? "");
  if (found !== undefined) return found;
  throw new UserError({
    place: url,
    found: text.trim() === "" ? "an empty answer" : JSON.stringify(text.trim().slice(0, 80)),
    expected: `a line with the sha256 or sha512 of ${file}`,
    remedy: "look whether its publisher has moved the digest, and correct versions.ts",
  });
}

function hashOf(line: string): Digest | undefined {
  const hex = /\b([0-9a-f]{128}|[0-9a-f]{64})\b/i.exec(line)?.[1]?.toLowerCase();
  return hex === undefined ? undefined : { algorithm: algorithms[hex.length as 64 | 128], hex };
}

/** The file names in a line of a digest file, without directories and the `*` of binary mode. */
function namesOf(line: string): string[] {
  const bsd = /\(([^)]+)\)/.exec(line)?.[1];
  const words = bsd === undefined ? line.trim().split(/\s+/).slice(1) : [bsd];
  return words.map((word) => basename(word.replace(/^\*/, "")));
}
