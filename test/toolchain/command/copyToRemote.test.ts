import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandProvider } from "../../../toolchain/command/commandProvider.ts";
import type { Properties, Value } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";
import { SshServer, testKey } from "../support/sshServer.ts";

const type = "command:remote:CopyToRemote";
const hostKey = testKey();
const userKey = testKey();
const provider = commandProvider();
let server: SshServer;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-copy-"));
  await mkdir(join(directory, "tree/inner"), { recursive: true });
  await writeFile(join(directory, "tree/a"), "A");
  await writeFile(join(directory, "tree/inner/b"), "B".repeat(100_000));
  server = new SshServer({ hostKey, userKey });
  await server.listen();
});

afterAll(async () => {
  await provider.close?.();
  await server.close();
  await rm(directory, { recursive: true });
});

const asset = (kind: "asset" | "archive", content: Properties): Value => ({
  "4dabf18193072939515e22adb298388d":
    kind === "asset" ? "c44067f5952c0a294b673a41bacd8c17" : "0def7320c3a5731c473e5ecbe6d01bc7",
  ...content,
});

function inputsOf(source: Value, remotePath: string): Properties {
  const connection = {
    host: "127.0.0.1",
    port: server.port,
    user: "person",
    privateKey: userKey.privateKey,
    hostKey: hostKey.publicKey,
    dialErrorLimit: 0,
    perDialTimeout: 5,
  };
  return { connection, source, remotePath };
}

async function copy(source: Value, remotePath: string) {
  const inputs = inputsOf(source, remotePath);
  return provider.create({ ...testOperation(type), inputs, isPreview: false });
}

const at = (path: string) => join(directory, path);

test("a file goes to a path, making the directories above it, or into a directory", async () => {
  const source = asset("asset", { path: at("tree/a"), hash: "1" });
  const { id, state } = await copy(source, at("to/deep/file"));
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(state).toEqual(inputsOf(source, at("to/deep/file")));
  expect(await readFile(at("to/deep/file"), "utf8")).toBe("A");
  await copy(source, at("to/deep"));
  expect(await readdir(at("to/deep"))).toEqual(["a", "file"]);
});

test("a text goes to a path, and nowhere else", async () => {
  await copy(asset("asset", { text: "typed", hash: "2" }), at("text"));
  expect(await readFile(at("text"), "utf8")).toBe("typed");
  await expect(copy(asset("asset", { text: "x", hash: "2" }), at("tree"))).rejects.toThrow(
    `127.0.0.1:${server.port}: ${at("tree")} is a directory; a text needs the path of a file`,
  );
});

test("a directory goes under its name, what is in it with a slash at the end", async () => {
  await copy(asset("archive", { path: at("tree"), hash: "3" }), at("whole"));
  expect(await readFile(at("whole/tree/inner/b"), "utf8")).toHaveLength(100_000);
  await copy(asset("archive", { path: `${at("tree")}/`, hash: "3" }), at("content"));
  expect((await readdir(at("content"))).sort()).toEqual(["a", "inner"]);
});

test("two copies at once may make the same directories", async () => {
  const source = asset("asset", { path: at("tree/a"), hash: "1" });
  const names = ["1", "2", "3", "4"];
  await Promise.all(names.map((name) => copy(source, at(`race/very/deep/${name}`))));
  expect((await readdir(at("race/very/deep"))).sort()).toEqual(names);
});

test("an update copies only if content or place has changed", async () => {
  const source = asset("asset", { path: at("tree/a"), hash: "1" });
  const update = (news: Properties, state: Properties) =>
    provider.update({
      ...testOperation(type),
      id: "x",
      state,
      oldInputs: state,
      inputs: news,
      isPreview: false,
    });
  const old = inputsOf(source, at("updated"));
  await update(old, old);
  await expect(readFile(at("updated"))).rejects.toThrow("ENOENT");
  await update(old, inputsOf(asset("asset", { path: at("tree/a"), hash: "0" }), at("updated")));
  expect(await readFile(at("updated"), "utf8")).toBe("A");
});
