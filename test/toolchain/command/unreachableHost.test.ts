import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { testOperation } from "../support/operation.ts";
import { SshServer, testKey } from "../support/sshServer.ts";
import { create, hostKey, inputs, provider, servers, start, type, userKey } from "./harness.ts";

describe("a host that cannot be reached says why in one sentence", () => {
  test("refused, after as many attempts as allowed", async () => {
    const gone = await start();
    const { port } = gone;
    await gone.close();
    servers.pop();
    const operation = testOperation(type);
    const refused = provider.create({
      ...operation,
      inputs: await inputs({ create: "true" }, { port, dialErrorLimit: 3 }),
      isPreview: false,
    });
    await expect(refused).rejects.toThrow(
      `after 3 failed attempts: 127.0.0.1:${port} refused the connection: nothing listens there`,
    );
    expect(operation.lines.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Dial 1\/3 failed: retrying/),
      expect.stringMatching(/^Dial 2\/3 failed: retrying/),
    ]);
  });

  test("comes up late: the attempts go on until it does", async () => {
    const late = new SshServer({ hostKey, userKey });
    servers.push(late);
    await late.listen();
    const { port } = late;
    await late.close();
    const again = new SshServer({ hostKey, userKey });
    servers.splice(servers.indexOf(late), 1, again);
    const done = create({ create: "echo up" }, { port, dialErrorLimit: -1 });
    await again.listen(port);
    expect((await done).state.stdout).toBe("up");
  });

  test("another host key", async () => {
    // Without a limit of attempts, because a retry would find the same key.
    const wrong = create({ create: "true" }, { hostKey: testKey().publicKey, dialErrorLimit: -1 });
    await expect(wrong).rejects.toThrow(
      /^127\.0\.0\.1:\d+ has another host key than connection\.hostKey says: expected ssh-ed25519 SHA256:\S+, found ssh-ed25519 SHA256:\S+; it is another machine, or it was recreated: if you expect the new key, `ssh-keyscan 127\.0\.0\.1` prints its key$/,
    );
  });

  test("no host key of that type", async () => {
    const ecdsa =
      "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=";
    await expect(create({ create: "true" }, { hostKey: ecdsa })).rejects.toThrow(
      /^127\.0\.0\.1:\d+ has no host key of connection\.hostKey's type: expected ecdsa-sha2-nistp256 SHA256:\S+; `ssh-keyscan 127\.0\.0\.1` prints its keys$/,
    );
  });

  test("a key that is not let in", async () => {
    await expect(create({ create: "true" }, { privateKey: testKey().privateKey })).rejects.toThrow(
      /refused the login of user person: it accepted none of the offered credentials/,
    );
  });

  test("a port that takes connections and says nothing", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", resolve);
    });
    const address = silent.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    await expect(create({ create: "true" }, { port, perDialTimeout: 0.2 })).rejects.toThrow(
      `127.0.0.1:${port} accepted the connection but did not complete the login within 0.2 s`,
    );
    silent.close();
  });

  test("a host key that is none, at once", async () => {
    const failure = create({ create: "true" }, { hostKey: "ssh-ed25519", dialErrorLimit: -1 });
    await expect(failure).rejects.toThrow("connection.hostKey: expected one public key");
  });

  test("a private key that is none, at once, without printing it", async () => {
    // Without a limit of attempts, because the key stays unreadable.
    const keys = { privateKey: "not-a-key-but-secret", dialErrorLimit: -1 };
    const failure = create({ create: "true" }, keys);
    await expect(failure).rejects.toThrow("connection.privateKey: cannot be read");
    expect(await failure.catch(String)).not.toContain("not-a-key-but-secret");
  });
});
