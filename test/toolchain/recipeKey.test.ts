import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { GoRecipe } from "../../toolchain/go/recipe.ts";
import { recipeKey, sourceFiles } from "../../toolchain/go/recipeKey.ts";

const recipe: GoRecipe = {
  name: "tool",
  version: "v1.0.0",
  module: "example.invalid/tool",
  moduleVersion: "v1.0.0",
  directory: "tool",
  binaries: { tool: { package: "./cmd", proof: [], proofText: "tool" } },
};
const go = "go version go1.26.0 linux/amd64";

let root: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hardway-recipe-"));
  write("tool/go.mod", "module example.invalid/tool\n\ngo 1.26.0\n");
  write("tool/go.sum", "");
  write("tool/cmd/main.go", "package main\n");
});
afterEach(() => rm(root, { recursive: true }));

test("the key is 16 hexadecimal digits, the same for the same input", async () => {
  const key = await recipeKey(recipe, { root, go });
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  expect(await recipeKey(recipe, { root, go })).toBe(key);
});

test.each([
  ["go.mod", () => write("tool/go.mod", "module other\n")],
  ["go.sum", () => write("tool/go.sum", "x")],
  ["a source", () => write("tool/cmd/main.go", "package main // changed\n")],
  ["a new source", () => write("tool/stub/stub.go", "package stub\n")],
])("the key changes with %s", async (_, change) => {
  const before = await recipeKey(recipe, { root, go });
  change();
  expect(await recipeKey(recipe, { root, go })).not.toBe(before);
});

test("the key changes with the recipe and with the Go release", async () => {
  const key = await recipeKey(recipe, { root, go });
  expect(await recipeKey({ ...recipe, tags: ["netgo"] }, { root, go })).not.toBe(key);
  expect(await recipeKey(recipe, { root, go: "go version go1.27.0 linux/amd64" })).not.toBe(key);
});

test("what a build writes beside the sources does not count", async () => {
  const before = await recipeKey(recipe, { root, go });
  write("tool/cmd/schema.json", "{}");
  expect(await recipeKey(recipe, { root, go })).toBe(before);
  expect(await sourceFiles(join(root, "tool"))).toEqual(["cmd/main.go", "go.mod", "go.sum"]);
});
