import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");

test(".ci/run starts or names every end-to-end test file", () => {
  const run = readFileSync(join(root, ".ci/run"), "utf8");
  const parts = [...run.matchAll(/^part \d+ (\S+)/gm)].map(([, file = ""]) => `${file}.test.ts`);
  const files = readdirSync(join(root, "test/e2e")).filter((name) => name.endsWith(".test.ts"));
  expect([...new Set(parts)].sort()).toEqual(files.sort());
});
