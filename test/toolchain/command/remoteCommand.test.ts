import { describe, expect, test } from "vitest";
import { type Properties, secret } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";
import { until } from "../support/until.ts";
import { create, hostKey, inputs, provider, server, start, type, userKey } from "./harness.ts";

describe("a command that runs", () => {
  test("gets standard input and gives both outputs without their last newline", async () => {
    const { state, id, lines } = await create({
      create: "cat; echo one; echo two >&2; echo",
      stdin: secret("from stdin\n"),
    });
    expect(state.stdout).toBe("from stdin\none\n");
    expect(state.stderr).toBe("two");
    expect(state.stdin).toEqual(secret("from stdin\n"));
    expect(id).toMatch(/^step[0-9a-f]{8}$/);
    expect(lines).toContain("one");
    expect(lines.join("\n")).not.toContain("from stdin");
  });

  test("leaves outputs public although the connection is secret, as the official plugin does", async () => {
    const { state } = await create({ create: "echo plain" });
    expect(state).toMatchObject({ stdout: "plain", stderr: "" });
    expect(state.connection).toEqual((await inputs({})).connection);
  });

  test("logs only what `logging` asks for", async () => {
    const both = "echo out; echo err >&2";
    expect((await create({ create: both, logging: "stderr" })).lines).toEqual(["err"]);
    expect((await create({ create: both, logging: "none" })).lines).toEqual([]);
  });

  test("runs `update` where there is one, else `create`, with the last output in its environment", async () => {
    const at = await start({ acceptEnv: ["PULUMI_COMMAND_STDOUT"] });
    const own = { create: 'echo "made, was $PULUMI_COMMAND_STDOUT"' };
    const update = async (more: Properties) => {
      const news = await inputs({ ...own, ...more }, {}, at);
      const state = { ...news, stdout: "old", stderr: "" };
      const request = { ...testOperation(type), id: "x", state, oldInputs: news, inputs: news };
      return (await provider.update({ ...request, isPreview: false })).state.stdout;
    };
    expect(await update({})).toBe("made, was old");
    expect(await update({ addPreviousOutputInEnv: false })).toBe("made, was ");
    expect(await update({ update: "echo updated" })).toBe("updated");
  });

  test("is reverted by `delete` only if there is one", async () => {
    const state = { ...(await inputs({ create: "true" })), stdout: "", stderr: "" };
    const request = { ...testOperation(type), id: "x", inputs: {} };
    await provider.delete({ ...request, state });
    await expect(
      provider.delete({ ...request, state: { ...state, delete: "exit 4" } }),
    ).rejects.toThrow("Process exited with status 4");
  });

  test("passes half a megabyte in one line", async () => {
    const { state } = await create({
      create: "head -c 500000 /dev/zero | tr '\\0' x",
      logging: "none",
    });
    expect(state.stdout).toHaveLength(500_000);
  });

  test("takes a key in PKCS#8, which the tls provider writes", async () => {
    expect((await create({ create: "echo in" }, { privateKey: userKey.pkcs8 })).state.stdout).toBe(
      "in",
    );
  });

  test("goes through a proxy", async () => {
    const bastion = await start();
    const proxy = {
      host: "127.0.0.1",
      port: bastion.port,
      user: "person",
      privateKey: userKey.privateKey,
      hostKey: hostKey.publicKey,
    };
    const inner = await start();
    expect((await create({ create: "echo there" }, { proxy }, inner)).state.stdout).toBe("there");
    expect([bastion.logins, inner.logins]).toEqual([1, 1]);
  });

  test("gets variables that the server accepts; others are an error that names them", async () => {
    const at = await start({ acceptEnv: ["GOOD"] });
    const { state } = await create({ create: "echo $GOOD", environment: { GOOD: "yes" } }, {}, at);
    expect(state.stdout).toBe("yes");
    await expect(
      create({ create: "true", environment: { GOOD: "1", BAD: "1" } }, {}, at),
    ).rejects.toThrow(`could not set environment variable BAD on 127.0.0.1:${at.port}`);
  });
});

describe("one connection per host", () => {
  test("serves all commands, at most 8 at a time", async () => {
    const at = await start();
    const all = Array.from({ length: 20 }, (_, index) =>
      create({ create: `sleep 0.05; echo ${index}` }, {}, at),
    );
    expect((await Promise.all(all)).map(({ state }) => state.stdout)).toEqual(
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
    expect(at.logins).toBe(1);
    expect(at.peak).toBe(8);
  });

  test("makes do with a server that allows fewer sessions", async () => {
    const at = await start({ maxSessions: 2 });
    const all = Array.from({ length: 6 }, () =>
      create({ create: "sleep 0.05; echo done" }, {}, at),
    );
    expect((await Promise.all(all)).map(({ state }) => state.stdout)).toEqual(
      Array(6).fill("done"),
    );
    expect(at.logins).toBe(1);
  });

  test("is not shared with another key or user", async () => {
    const at = await start();
    await create({ create: "true" }, {}, at);
    await create({ create: "true" }, { user: "other" }, at);
    expect(at.logins).toBe(2);
  });

  test("is reopened after it was lost between two commands", async () => {
    const at = await start();
    await create({ create: "true" }, {}, at);
    at.cut();
    expect((await create({ create: "echo again" }, {}, at)).state.stdout).toBe("again");
    expect(at.logins).toBe(2);
  });
});

describe("a command that fails", () => {
  test("says status, host, command and output, and nothing of standard input", async () => {
    const key = "very secret key material";
    const failure = create({ create: "cat; echo broken >&2; exit 3", stdin: secret(`${key}\n`) });
    await expect(failure).rejects.toThrow(
      `Process exited with status 3 on 127.0.0.1:${server.port}: running "cat; echo broken >&2; exit 3":\n`,
    );
    const message = await failure.catch((error: unknown) => String(error));
    expect(message).toContain("broken");
    expect(message).not.toContain(key);
    expect(message).toContain("[standard input]");
  });

  test("names a long script by its beginning", async () => {
    const script = `exit 5 #${"x".repeat(1000)}`;
    await expect(create({ create: script })).rejects.toThrow(
      /running "exit 5 #x{192}"… \(1008 characters\):/,
    );
  });

  test("that loses its connection names host and resource", async () => {
    const at = await start();
    const failure = create({ create: "echo half; sleep 20" }, {}, at);
    const seen = expect(failure).rejects.toThrow(
      `lost the connection to 127.0.0.1:${at.port} while step ran there`,
    );
    await until("the command to run", () => !at.isIdle);
    at.cut();
    await seen;
  });

  test("ends on the server when it is cancelled, and when its time is over", async () => {
    const at = await start();
    const stop = new AbortController();
    const operation = testOperation(type, "step", stop.signal);
    const failure = provider.create({
      ...operation,
      inputs: await inputs({ create: "echo begun; sleep 20" }, {}, at),
      isPreview: false,
    });
    const seen = expect(failure).rejects.toThrow(/^cancelled on 127.0.0.1:\d+: running/);
    await until("a first line", () => operation.lines.length > 0);
    stop.abort(new Error("cancelled"));
    await seen;
    await until("the command to end", () => at.isIdle);
    expect((await create({ create: "echo usable" }, {}, at)).state.stdout).toBe("usable");
    expect(at.logins).toBe(1);
  });
});
