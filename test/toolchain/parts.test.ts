import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cachePaths } from "../../base/paths.ts";
import { goParts } from "../../toolchain/parts.ts";
import { homePaths, isInHome, putInHome } from "../../toolchain/pulumiHome.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "hardway-cache-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

test("nothing is present in an empty cache, with Go or without; asking makes nothing", async () => {
  const ask = () => Promise.all(goParts(cache).map((part) => part.present()));
  const absent = goParts(cache).map(() => false);
  expect(await ask()).toEqual(absent);
  vi.stubEnv("PATH", cache);
  expect(await ask()).toEqual(absent);
});

test("a plugin's link in PULUMI_HOME follows the part that was installed last", async () => {
  const binary = async (key: string) => {
    const path = join(cache, "parts", "tls-plugin", key, "bin", "pulumi-resource-tls");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, key);
    return path;
  };
  const [first, second] = [await binary("1"), await binary("2")];
  expect(await isInHome(cache, "tls-plugin", first)).toBe(false);
  await putInHome(cache, "tls-plugin", first);
  expect(await isInHome(cache, "tls-plugin", first)).toBe(true);
  await putInHome(cache, "tls-plugin", second);
  expect(await isInHome(cache, "tls-plugin", first)).toBe(false);
  expect(await isInHome(cache, "tls-plugin", second)).toBe(true);
  await rm(second);
  expect(await isInHome(cache, "tls-plugin", second)).toBe(false);
});

test("a file that stands where the link goes is not ours, and is replaced", async () => {
  const path = join(cachePaths(cache).pulumiHome, homePaths["tls-plugin"]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "official");
  expect(await isInHome(cache, "tls-plugin", path)).toBe(false);
  const built = join(cache, "built");
  await writeFile(built, "built");
  await putInHome(cache, "tls-plugin", built);
  expect(await isInHome(cache, "tls-plugin", built)).toBe(true);
});

test("a plugin that is built after its download failed is one that the engine loads", async () => {
  const directory = dirname(join(cachePaths(cache).pulumiHome, homePaths["tls-plugin"]));
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}.partial`, "");
  await putInHome(cache, "tls-plugin", join(cache, "built"));
  expect(existsSync(`${directory}.partial`)).toBe(false);
});
