import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipStored } from "../../toolchain/artifacts/packArtifacts.ts";
import { ustar } from "../../toolchain/artifacts/ustar.ts";

const entries = [
  { path: "bin/", mode: 0o755 },
  { path: "bin/full", mode: 0o755, content: Buffer.alloc(512, "x") },
  { path: "bin/empty", mode: 0o644, content: Buffer.alloc(0) },
  { path: "bin/odd", mode: 0o600, content: Buffer.from("odd\n") },
];

test("tar lists every entry with its mode, size, owner and date, in order", () => {
  const listed = execFileSync(
    "tar",
    ["--list", "--verbose", "--numeric-owner", "--full-time", "--utc"],
    { input: ustar(entries), encoding: "utf8" },
  );
  expect(listed.replace(/ +/g, " ")).toBe(
    [
      "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/",
      "-rwxr-xr-x 0/0 512 1970-01-01 00:00:00 bin/full",
      "-rw-r--r-- 0/0 0 1970-01-01 00:00:00 bin/empty",
      "-rw------- 0/0 4 1970-01-01 00:00:00 bin/odd",
      "",
    ].join("\n"),
  );
});

test("tar gives the content back", () => {
  const content = execFileSync("tar", ["--extract", "--to-stdout", "bin/odd"], {
    input: ustar(entries),
    encoding: "utf8",
  });
  expect(content).toBe("odd\n");
});

test("the archive is whole blocks and ends in two empty ones", () => {
  const archive = ustar(entries);
  // Four headers, one block each for `full` and `odd`, two at the end.
  expect(archive.length).toBe(8 * 512);
  expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
});

test("a name that ustar cannot hold is refused", () => {
  expect(() => ustar([{ path: "x".repeat(101), mode: 0o755 }])).toThrow(
    /longer than the 100 bytes/,
  );
});

test("gzip stores: the same bytes come back, hardly longer, the same each time", () => {
  const content = Buffer.from("a".repeat(200_000));
  const stored = gzipStored(content);
  expect(gunzipSync(stored).equals(content)).toBe(true);
  expect(stored.length - content.length).toBeGreaterThan(0);
  expect(stored.length - content.length).toBeLessThan(200);
  expect(gzipStored(content).equals(stored)).toBe(true);
});
