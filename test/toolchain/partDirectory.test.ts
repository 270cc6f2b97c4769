import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasPart, makePart, partDirectory } from "../../toolchain/partDirectory.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "hardway-parts-"));
});
afterEach(() => rm(cache, { recursive: true }));

const part = () => ({ cache, name: "etcd", key: "0123" });

test("a part is there once it is finished, and is made once", async () => {
  let made = 0;
  const make = async (directory: string) => {
    made += 1;
    expect(await hasPart(cache, "etcd", "0123")).toBe(false);
    await writeFile(join(directory, "etcd"), "binary");
  };
  await Promise.all([makePart(part(), make), makePart(part(), make)]);
  await makePart(part(), make);
  expect(made).toBe(1);
  expect(await readFile(join(partDirectory(cache, "etcd", "0123"), "etcd"), "utf8")).toBe("binary");
});

test("a failed part leaves nothing", async () => {
  const failing = makePart(part(), async (directory) => {
    await writeFile(join(directory, "half"), "");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await readdir(join(cache, "parts", "etcd"))).toEqual([]);
});

test("what a killed run left does not count and is removed by the next", async () => {
  const left = `${partDirectory(cache, "etcd", "0123")}.dead.part`;
  await mkdir(left, { recursive: true });
  expect(await hasPart(cache, "etcd", "0123")).toBe(false);
  await makePart(part(), () => Promise.resolve());
  await expect(access(left)).rejects.toThrow("ENOENT");
});

test("another version's directory stays", async () => {
  await makePart({ ...part(), key: "0124" }, () => Promise.resolve());
  await makePart(part(), () => Promise.resolve());
  expect((await readdir(join(cache, "parts", "etcd"))).sort()).toEqual(["0123", "0124"]);
});
