import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import { seedDirectory } from "../../../plan/planCluster.ts";
import { fileStacks } from "../../../tools/pulumi/fileStacks.ts";
import { removeLab } from "../../../tools/pulumi/removeLab.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

afterEach(() => void vi.unstubAllEnvs());

test("stacks are found whichever way the backend writes them, and without what it keeps beside them", async () => {
  const backend = temporaryDirectory();
  const directory = join(backend, ".pulumi/stacks/hardway");
  mkdirSync(directory, { recursive: true });
  for (const file of ["a.json", "a.json.bak", "b.json.gz", "b.json.gz.attrs", "c.json.zst"]) {
    writeFileSync(join(directory, file), "");
  }
  expect((await fileStacks(backend)).sort()).toEqual(["a", "b", "c"]);
});

test("what a killed run left goes with its lab: files, and seeds that libvirt had not taken", async () => {
  const state = temporaryDirectory();
  vi.stubEnv("HARDWAY_STATE", state);
  const name = `take-away-${randomUUID()}`;
  const labs = [name, `${name}-2`];
  const filesOf = (stack: string): string[] => [
    join(labPaths(stack).root, "log"),
    join(seedDirectory, `hardway-${stack}-${"0".repeat(64)}.iso`),
    join(seedDirectory, `hardway-${stack}-${"0".repeat(64)}.iso.4711`),
  ];
  for (const path of labs.flatMap(filesOf)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  const { session } = testSession();
  const left = async (stack: string) => {
    await removeLab({ ...session, stack });
    return labs.map((lab) => filesOf(lab).map((path) => existsSync(path)));
  };
  expect(await left(name)).toEqual([
    [false, false, false],
    [true, true, true],
  ]);
  expect(await left(`${name}-2`)).toEqual([
    [false, false, false],
    [false, false, false],
  ]);
  expect(readdirSync(state)).toEqual([]);
});
