import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { labPaths } from "../../../base/paths.ts";
import type { FileLook } from "../../../config/resolve/fileLook.ts";
import {
  passphraseFault,
  requirePassphrase,
  requireRightPassphrase,
} from "../../../tools/pulumi/passphrase.ts";
import { fileOf } from "../config/surroundings.ts";
import { testSession } from "./session.ts";
import { temporaryDirectory } from "./temporary.ts";

const missing: FileLook = { kind: "none", why: "does not exist" };
const inFile = { PULUMI_CONFIG_PASSPHRASE_FILE: "/state/passphrase" };
const left = "unset both to use one that ./lab generates";
const empty = `PULUMI_CONFIG_PASSPHRASE is empty, so anyone could read the stack's secrets; set a passphrase, or ${left}`;

test.each<[string, Record<string, string>, FileLook, string | undefined]>([
  ["set", { PULUMI_CONFIG_PASSPHRASE: "x" }, missing, undefined],
  ["set, whatever the file", { PULUMI_CONFIG_PASSPHRASE: "x", ...inFile }, missing, undefined],
  ["in a custom file", inFile, fileOf("x\n"), undefined],
  ["that lab makes", {}, missing, undefined],
  [
    "that lab makes, for an empty file name",
    { PULUMI_CONFIG_PASSPHRASE_FILE: "" },
    missing,
    undefined,
  ],
  ["empty", { PULUMI_CONFIG_PASSPHRASE: "", ...inFile }, fileOf("x\n"), empty],
  [
    "in a file that is gone",
    inFile,
    missing,
    `PULUMI_CONFIG_PASSPHRASE_FILE: /state/passphrase does not exist; without the passphrase that the stack was created with, its secrets are lost: restore the file, or ${left}`,
  ],
  [
    "in an empty file",
    inFile,
    fileOf("\n"),
    `PULUMI_CONFIG_PASSPHRASE_FILE: /state/passphrase is empty; restore the passphrase, or ${left}`,
  ],
  [
    "in a file for all to read",
    inFile,
    fileOf("x\n", 0o644),
    "PULUMI_CONFIG_PASSPHRASE_FILE: /state/passphrase has mode 0644, so other users of this machine can access it; run chmod 600 /state/passphrase",
  ],
])("a passphrase %s", (_, environment, file, expected) => {
  expect(passphraseFault(environment, () => file)).toBe(expected);
});

describe("before anything is made", () => {
  /** A state directory with a stack, and a home without a login. */
  function stateWithStack() {
    const state = temporaryDirectory();
    mkdirSync(join(state, "pulumi/.pulumi/stacks/hardway"), { recursive: true });
    writeFileSync(join(state, "pulumi/.pulumi/stacks/hardway/dev.json"), "{}");
    return { state, HOME: temporaryDirectory() };
  }

  test("a fault of the user's passphrase is reported", async () => {
    const { state, HOME } = stateWithStack();
    const environment = { HOME, PULUMI_CONFIG_PASSPHRASE: "" };
    await expect(requirePassphrase(environment, state)).rejects.toThrow(empty);
    await requirePassphrase({ HOME, PULUMI_CONFIG_PASSPHRASE: "mine" }, state);
  });

  test("no other passphrase is made for stacks that have lost theirs", async () => {
    const { state, HOME } = stateWithStack();
    await expect(requirePassphrase({ HOME }, state)).rejects.toThrow(
      `${state}/passphrase: found nothing, expected the passphrase of the secrets of dev in ${state}/pulumi; restore the file; if it is lost, so are those secrets: remove the machines with virsh, then ${state}/pulumi`,
    );
    await requirePassphrase({ HOME }, temporaryDirectory());
    writeFileSync(join(state, "passphrase"), "x", { mode: 0o600 });
    await requirePassphrase({ HOME }, state);
  });

  test.each([
    ["a service that is logged in to", { PULUMI_BACKEND_URL: "https://pulumi.example" }],
    ["a service by its token", { PULUMI_ACCESS_TOKEN: "t" }],
  ])("nothing is asked of %s, which keeps the keys itself", async (_, login) => {
    const { state, HOME } = stateWithStack();
    await requirePassphrase({ HOME, PULUMI_CONFIG_PASSPHRASE: "", ...login }, state);
  });
});

describe("whether it is the one that the stack was made with", () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** A pulumi that prints this, in a lab whose config has a salt or none. */
  function stackWith(pulumiSays: string, salt: string) {
    const [state, bin] = [temporaryDirectory(), temporaryDirectory()];
    vi.stubEnv("HARDWAY_STATE", state);
    const directory = join(labPaths("test", state).root, "config");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "Pulumi.test.yaml"), `config: {}\n${salt}`);
    const pulumi = join(bin, "pulumi");
    writeFileSync(pulumi, `#!/bin/sh\necho "${pulumiSays}" >&2; exit 255\n`);
    chmodSync(pulumi, 0o755);
    const env = { PATH: `${bin}:${process.env.PATH ?? ""}` };
    return () => requireRightPassphrase(testSession().session, env);
  }
  const salt = "encryptionsalt: v1:abc=\n";

  test.each(["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])("%s", async (name) => {
    const ask = stackWith("error: incorrect passphrase", salt);
    vi.stubEnv(name, "/another");
    await expect(ask()).rejects.toThrow(
      `${name}: found another passphrase, expected the passphrase that the stack test was created with; set that passphrase; if the stack was created without this variable, unset it, and ./lab uses its own`,
    );
  });

  test("is checked only for the user's passphrase, and for an existing stack", async () => {
    const wrong = "error: incorrect passphrase";
    await expect(stackWith(wrong, salt)()).resolves.toBeUndefined();
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "mine");
    await expect(stackWith(wrong, "")()).resolves.toBeUndefined();
    await expect(stackWith("error: something else", salt)()).resolves.toBeUndefined();
  });
});
