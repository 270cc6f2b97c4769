import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { gatherSurroundings } from "../../../config/gather.ts";
import { fileStacks } from "../../../tools/fileStacks.ts";
import { takeAway } from "../../../tools/takeAway.ts";
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

test("two labs never meet where seeds are written, and each goes with its own", async () => {
  const state = temporaryDirectory();
  vi.stubEnv("HARDWAY_STATE", state);
  const seedOf = (stack: string) =>
    join(gatherSurroundings(stack, [], process.env).seedDirectory, "seed.iso");
  const [a, b] = [seedOf("a"), seedOf("b")];
  expect(dirname(a)).not.toBe(dirname(b));
  for (const path of [a, b]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  const { session } = testSession();
  await takeAway({ ...session, stack: "a" });
  expect([existsSync(dirname(a)), existsSync(b)]).toEqual([false, true]);
  await takeAway({ ...session, stack: "b" });
  expect(readdirSync(state)).toEqual([]);
});
