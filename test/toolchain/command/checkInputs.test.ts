import { describe, expect, test } from "vitest";
import { commandProvider } from "../../../toolchain/command/commandProvider.ts";
import { type Properties, secret, UNKNOWN } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";

const provider = commandProvider();
const remote = "command:remote:Command";

function check(type: string, news: Properties) {
  return provider.check({ ...testOperation(type), olds: {}, news, randomSeed: new Uint8Array() });
}

describe("check returns what the official plugin returns", () => {
  test("defaults in the connection, which is secret as a whole, its credentials too", async () => {
    const connection = { host: "h", privateKey: "k", proxy: { host: "p", password: "w" } };
    const { inputs, failures } = await check(remote, { create: "c", connection });
    expect(failures).toEqual([]);
    expect(inputs).toEqual({
      create: "c",
      connection: secret({
        host: "h",
        privateKey: secret("k"),
        user: "root",
        port: 22,
        dialErrorLimit: 10,
        perDialTimeout: 15,
        proxy: {
          host: "p",
          password: secret("w"),
          user: "root",
          port: 22,
          dialErrorLimit: 10,
          perDialTimeout: 15,
        },
      }),
    });
  });

  test("a connection that is secret or unknown already", async () => {
    expect((await check(remote, { connection: secret(UNKNOWN) })).inputs.connection).toEqual(
      secret(UNKNOWN),
    );
    expect((await check(remote, { connection: UNKNOWN })).inputs.connection).toEqual(
      secret(UNKNOWN),
    );
  });

  test("nothing else is made secret, and nulls are left out", async () => {
    const news = { create: "c", stdin: secret("s"), environment: { A: UNKNOWN }, update: null };
    expect((await check("command:local:Command", news)).inputs).toEqual({
      create: "c",
      stdin: secret("s"),
      environment: { A: UNKNOWN },
    });
  });
});

describe("check names each mistake, and no value", () => {
  const table: readonly [string, string, Properties, { property: string; reason: string }[]][] = [
    [
      "no connection",
      remote,
      {},
      [{ property: "connection", reason: "expected a value, found none" }],
    ],
    [
      "a key in the place of the connection",
      remote,
      { connection: secret("PRIVATE KEY") },
      [{ property: "connection", reason: "expected an object, found a string" }],
    ],
    [
      "a property of a wrong type",
      "command:local:Command",
      { create: 5, interpreter: ["sh", 1] },
      [
        { property: "create", reason: "expected a string, found a number" },
        { property: "interpreter[1]", reason: "expected a string, found a number" },
      ],
    ],
    [
      "a property that does not exist",
      "command:local:Command",
      { creat: "x" },
      [
        {
          property: "creat",
          reason:
            "unknown property, expected one of addPreviousOutputInEnv, create, delete, dir, environment, interpreter, logging, stdin, triggers, update",
        },
      ],
    ],
    [
      "an option that is none",
      "command:local:Command",
      { logging: "all" },
      [{ property: "logging", reason: "expected one of stdout, stderr, stdoutAndStderr, none" }],
    ],
    [
      "a source that is no asset",
      "command:remote:CopyToRemote",
      { connection: { host: "h" }, source: "/file", remotePath: "/x" },
      [{ property: "source", reason: "expected an asset or archive, found a string" }],
    ],
  ];
  test.each(table)("%s", async (_, type, news, expected) => {
    expect((await check(type, news)).failures).toEqual(expected);
  });

  test("a type that is not served", async () => {
    await expect(
      Promise.resolve().then(() => check("command:remote:CopyFile", {})),
    ).rejects.toThrow(/^command:remote:CopyFile: expected one of command:local:Command, /);
  });
});

describe("diff", () => {
  const base: Properties = { create: "a", triggers: [1], connection: secret({ host: "h" }) };
  const table: readonly [
    string,
    Properties,
    { changes: Record<string, string>; replaces: string[] },
  ][] = [
    [
      "nothing changed, and the package's version is no change",
      { ...base, version: "1.2.1" },
      { changes: {}, replaces: [] },
    ],
    [
      "a script is updated in place",
      { ...base, create: "b" },
      { changes: { create: "update" }, replaces: [] },
    ],
    [
      "a trigger replaces",
      { ...base, triggers: [2, 3] },
      {
        changes: { "triggers[0]": "update", "triggers[1]": "add" },
        replaces: ["triggers[0]", "triggers[1]"],
      },
    ],
    [
      "a connection is updated in place",
      { ...base, connection: secret({ host: "i" }) },
      { changes: { connection: "update" }, replaces: [] },
    ],
    [
      "what is not known yet counts as changed",
      { ...base, create: UNKNOWN },
      { changes: { create: "update" }, replaces: [] },
    ],
  ];
  test.each(table)("%s", async (_, news, expected) => {
    const subject = testOperation(remote);
    // The state has other values on purpose: the old inputs count.
    const state = { ...base, create: "not this" };
    const result = await provider.diff({ ...subject, id: "x", state, oldInputs: base, news });
    expect({ ...result, changes: Object.fromEntries(result.changes) }).toEqual(expected);
  });
});

describe("a preview", () => {
  test("knows inputs, not what will be printed", async () => {
    const inputs = { create: "c", stdin: secret("s") };
    const request = { ...testOperation("command:local:Command"), inputs, isPreview: true };
    const made = await provider.create(request);
    expect(made).toEqual({ id: "", state: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } });
    const old = { ...inputs, stdout: "old", stderr: "" };
    expect(await provider.update({ ...request, id: "x", state: old, oldInputs: inputs })).toEqual({
      state: made.state,
    });
  });
});
