import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeParts } from "../../toolchain/nodeParts.ts";
import type { Part } from "../../toolchain/part.ts";

let cache: string;
let part: Part;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "hardway-node-parts-"));
  const found = nodeParts(cache).find(({ name }) => name === "plugin-command");
  if (!found) throw new Error("plugin-command: no such part");
  part = found;
});

afterAll(() => rm(cache, { recursive: true }));

async function bring(): Promise<string[]> {
  const said: string[] = [];
  const { signal } = new AbortController();
  await part.bring({ report: (message) => said.push(message), signal, log: join(cache, "log") });
  return said;
}

test("the parts have the names that setup pairs with the official sources", () => {
  expect(nodeParts(cache).map(({ name, needs }) => [name, needs])).toEqual([
    ["language-nodejs", ["pulumi-cli"]],
    ["plugin-command", undefined],
    ["plugin-kubernetes", undefined],
  ]);
});

test("a plugin is bundled once, stands where the engine looks, and starts without node_modules", async () => {
  expect(await part.present()).toBe(false);
  expect(await bring()).toEqual(["bundling command"]);
  expect(await part.present()).toBe(true);
  await part.check();
  expect(await bring()).toEqual([]);
  expect(await readdir(join(cache, "parts/plugin-command"))).toHaveLength(1);
});

test("a script that was changed is put right", async () => {
  const script = join(cache, "pulumi-home/plugins/resource-command-v1.2.1/pulumi-resource-command");
  const text = await readFile(script, "utf8");
  await appendFile(script, "# not ours\n");
  expect(await part.present()).toBe(false);
  // The mark of a failed download, with which the engine would ignore the directory.
  const mark = `${dirname(script)}.partial`;
  await writeFile(mark, "");
  await bring();
  expect(await readFile(script, "utf8")).toBe(text);
  expect(existsSync(mark)).toBe(false);
});
