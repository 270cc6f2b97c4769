import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheDir, stateDir } from "../../../base/paths.ts";
import {
  backendUrl,
  type EnvironmentInputs,
  findLogin,
  isOwnBackend,
  prepareState,
  pulumiEnvironment,
} from "../../../tools/pulumi/env.ts";
import { withSecretsKeys } from "../../../tools/pulumi/stackConfig.ts";
import { temporaryDirectory } from "./temporary.ts";

const inputs: EnvironmentInputs = {
  cache: "/c",
  state: "/s",
  base: { PATH: "/usr/bin", HOME: "/home/me" },
  pulumiBin: "/c/parts/pulumi/1/bin",
  built: false,
  login: undefined,
  domainType: undefined,
  baseImage: undefined,
};

test.for([
  ["nothing is said", {}, undefined, "file:///s/pulumi?metadata=skip", true],
  [
    "the same files are",
    { PULUMI_BACKEND_URL: "file:///s/pulumi" },
    undefined,
    "file:///s/pulumi",
    true,
  ],
  ["another directory is", { PULUMI_BACKEND_URL: "file:///mnt" }, undefined, "file:///mnt", false],
  ["a login is, and an empty variable", { PULUMI_BACKEND_URL: "" }, "s3://b", "s3://b", false],
  ["a token is", { PULUMI_ACCESS_TOKEN: "t" }, undefined, undefined, false],
] as const)("the state's place, and whether it is this machine's own, where %s", (row) => {
  const [, base, login, url, own] = row;
  expect(backendUrl(base, login, "/s/pulumi")).toBe(url);
  expect(isOwnBackend(url, "/s/pulumi")).toBe(own);
});

describe("the program's environment", () => {
  test("with official parts", () => {
    expect(pulumiEnvironment(inputs)).toEqual({
      PATH: "/c/parts/pulumi/1/bin:/usr/bin",
      PULUMI_HOME: "/c/pulumi-home",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: "file:///s/pulumi?metadata=skip",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/s/passphrase",
      HARDWAY_LOCK: "/c/mirror/lock.json",
    });
  });

  test("with parts built here nothing is fetched, and what was found out is handed over", () => {
    const found = {
      built: true,
      domainType: "qemu",
      baseImage: "/i.qcow2",
      pulumiBin: undefined,
    } as const;
    const set = pulumiEnvironment({ ...inputs, ...found });
    expect(set).toMatchObject({
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      HARDWAY_DOMAIN_TYPE: "qemu",
      HARDWAY_BASE_IMAGE: "/i.qcow2",
    });
    expect(set).not.toHaveProperty("PATH");
  });

  test("what the person set stays", () => {
    const base = {
      ...inputs.base,
      PULUMI_BACKEND_URL: "s3://mine",
      PULUMI_CONFIG_PASSPHRASE: "",
      HARDWAY_DOMAIN_TYPE: "kvm",
      HARDWAY_LOCK: "/l",
    };
    const set = pulumiEnvironment({ ...inputs, base, domainType: "qemu" });
    expect(set).not.toHaveProperty("PULUMI_BACKEND_URL");
    expect(set).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
    expect(set).toMatchObject({ HARDWAY_DOMAIN_TYPE: "kvm", HARDWAY_LOCK: "/l" });
  });

  test("a login elsewhere is used, with its credentials", async () => {
    const home = temporaryDirectory();
    expect(await findLogin({ HOME: home })).toBeUndefined();
    mkdirSync(join(home, ".pulumi"));
    writeFileSync(
      join(home, ".pulumi", "credentials.json"),
      '{"current":"https://pulumi.example"}',
    );
    const login = await findLogin({ HOME: home });
    const base = { ...inputs.base, HOME: home };
    expect(pulumiEnvironment({ ...inputs, base, login })).toMatchObject({
      PULUMI_BACKEND_URL: "https://pulumi.example",
      PULUMI_CREDENTIALS_PATH: join(home, ".pulumi"),
    });
    const token = { ...inputs.base, PULUMI_ACCESS_TOKEN: "t" };
    expect(pulumiEnvironment({ ...inputs, base: token })).not.toHaveProperty("PULUMI_BACKEND_URL");
  });

  test("the passphrase is made once, for its owner alone", async () => {
    const state = temporaryDirectory();
    await Promise.all([prepareState(state), prepareState(state)]);
    const made = readFileSync(join(state, "passphrase"), "utf8");
    expect(made).toMatch(/^[\w-]{43}\n$/);
    expect(statSync(join(state, "passphrase")).mode & 0o777).toBe(0o600);
    await prepareState(state);
    expect(readFileSync(join(state, "passphrase"), "utf8")).toBe(made);
  });

  test("cache and state follow hardway's variables, then XDG's, then the home", () => {
    expect(cacheDir({ HARDWAY_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(cacheDir({ HARDWAY_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe("/b/hardway");
    expect(stateDir({ XDG_STATE_HOME: "relative", HOME: "/h" })).toBe("/h/.local/state/hardway");
  });
});

describe("the copy of a stack's config", () => {
  const mine = "config:\n  # why\n  hardway:cluster: {}\n";

  test("keeps the salt that Pulumi wrote, and the person's text as it is", () => {
    const copy = "config: {}\nencryptionsalt: v1:abc=\n";
    expect(withSecretsKeys(mine, copy)).toBe(`${mine}encryptionsalt: v1:abc=\n`);
    expect(withSecretsKeys(mine, "")).toBe(mine);
  });

  test("leaves a file alone that has secrets of its own", () => {
    const own = `encryptionsalt: v1:own=\n${mine}`;
    expect(withSecretsKeys(own, "encryptionsalt: v1:abc=\n")).toBe(own);
  });
});
