import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.ts";

const module = JSON.stringify(
  join(import.meta.dirname, "../../../components/machines/guests/seedFile.ts"),
);
const sdk = JSON.stringify(import.meta.resolve("@pulumi/pulumi"));

/**
 * Writes two seeds, one of them twice, in a separate process; reports the files that existed before
 * the process ended.
 */
async function writeSeeds(directory: string, mode: "update" | "preview") {
  const { stdout } = await execa(process.execPath, ["--input-type=module"], {
    input: `
      import { readdirSync, statSync } from "node:fs";
      import pulumi from ${sdk};
      import { seedFile } from ${module};
      const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
      await pulumi.runtime.setMocks(mocks, "hardway", "dev", ${String(mode === "preview")});
      const plan = { name: "dev", libvirt: { seedDirectory: ${JSON.stringify(directory)} } };
      const paths = ["a", "b", "a"].map((text) => seedFile(plan, Buffer.from(text)));
      const files = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mode.toString(8));
      console.log(JSON.stringify({ paths, files }));`,
  });
  return JSON.parse(stdout) as { paths: string[]; files: (string | null)[] };
}

/** sha256 of "a" and of "b". */
const [a, b] = [
  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
  "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
];

const fileOf = (hash: string) => `hardway-dev-${hash}.iso`;

describe("a seed's file", () => {
  test("has its content's hash as name, is its owner's alone, and goes with the update", async () => {
    const directory = temporaryDirectory();
    const { paths, files } = await writeSeeds(directory, "update");
    expect(paths).toEqual([a, b, a].map((hash) => join(directory, fileOf(hash))));
    expect(files).toEqual(["100600", "100600", "100600"]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is only named in a preview", async () => {
    const directory = temporaryDirectory();
    const { paths, files } = await writeSeeds(directory, "preview");
    expect(paths[0]).toBe(join(directory, fileOf(a)));
    expect(files).toEqual([null, null, null]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("of a killed run is rewritten, and removed too; others' stay", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, fileOf(a)), "", { mode: 0o644 });
    writeFileSync(join(directory, "another's.iso"), "");
    const { files } = await writeSeeds(directory, "update");
    expect(files).toEqual(["100600", "100600", "100600"]);
    expect(readdirSync(directory)).toEqual(["another's.iso"]);
  });

  test("that cannot be written is reported with its path and a remedy", async () => {
    const path = join(temporaryDirectory(), "not", "there");
    await expect(writeSeeds(path, "update")).rejects.toThrow(
      new RegExp(`can't be written \\(ENOENT.*remove ${join(path, fileOf(a))} if another user`),
    );
  });
});
