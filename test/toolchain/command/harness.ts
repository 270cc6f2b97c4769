import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { commandProvider } from "../../../toolchain/command/commandProvider.ts";
import type { Provider } from "../../../toolchain/rpc/provider.ts";
import type { Properties } from "../../../toolchain/rpc/value.ts";
import { testOperation } from "../support/operation.ts";
import { SshServer, type SshServerOptions, testKey } from "../support/sshServer.ts";

export const type = "command:remote:Command";
export const hostKey = testKey();
export const userKey = testKey();
export let server: SshServer;
export let provider: Provider;
export const servers: SshServer[] = [];

export async function start(options: Partial<SshServerOptions> = {}): Promise<SshServer> {
  const started = new SshServer({ hostKey, userKey, ...options });
  servers.push(started);
  await started.listen();
  return started;
}

beforeAll(async () => {
  server = await start();
  provider = commandProvider();
});

afterAll(() => provider.close?.());

afterEach(async () => {
  for (const extra of servers.splice(1)) await extra.close();
});

afterAll(() => server.close());

/** Inputs as Check returns them. */
export async function inputs(
  own: Properties,
  connection: Properties = {},
  on: SshServer = server,
): Promise<Properties> {
  const news = {
    ...own,
    connection: {
      host: "127.0.0.1",
      port: on.port,
      user: "person",
      privateKey: userKey.privateKey,
      hostKey: hostKey.publicKey,
      dialErrorLimit: 0,
      ...connection,
    },
  };
  const subject = testOperation(type);
  const checked = await provider.check({
    ...subject,
    olds: {},
    news,
    randomSeed: new Uint8Array(),
  });
  expect(checked.failures).toEqual([]);
  return checked.inputs;
}

export async function create(own: Properties, connection: Properties = {}, on: SshServer = server) {
  const operation = testOperation(type);
  const made = await provider.create({
    ...operation,
    inputs: await inputs(own, connection, on),
    isPreview: false,
  });
  return { ...made, lines: operation.lines.map(({ text }) => text) };
}
