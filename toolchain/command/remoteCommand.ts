import type { Client } from "ssh2";
import { messageOf } from "../../base/errors.ts";
import type { Operation } from "../rpc/provider.ts";
import { howItEnded, interrupt, listen, start } from "./channel.ts";
import { addressOf, type Connection } from "./connection.ts";
import type { ConnectionPool } from "./connectionPool.ts";
import { failureText, type Logging, Output } from "./output.ts";
import type { DialOptions, SharedConnection } from "./sharedConnection.ts";
import { unlessAborted } from "./unlessAborted.ts";

export interface RemoteRun {
  readonly connection: Connection;
  readonly command: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that the server may refuse without an error. */
  readonly optionalEnvironment?: Readonly<Record<string, string>>;
  readonly logging?: Logging;
}

/**
 * Runs a command on a host, over the connection that all commands for the host share.
 *
 * @throws with one sentence about the cause, and the output if the command ran
 */
export async function runRemote(
  run: RemoteRun,
  { pool, operation }: { pool: ConnectionPool; operation: Operation },
): Promise<{ stdout: string; stderr: string }> {
  const { connection } = run;
  const shared = pool.get(connection);
  const total = connection.dialErrorLimit < 0 ? "inf" : String(connection.dialErrorLimit);
  const options = {
    limit: connection.dialErrorLimit,
    signal: operation.signal,
    onFailure: (failed: number, error: Error) =>
      void operation.log({
        severity: "info",
        text: `Dial ${failed}/${total} failed: retrying (${error.message})`,
        ephemeral: true,
      }),
  };
  await checkEnvironment(run, shared, options);
  return shared.use((client) => execute(client, { run, shared, operation }), options);
}

/** Checks that variables arrive: SSH servers silently drop those that AcceptEnv does not list. */
async function checkEnvironment(
  run: RemoteRun,
  shared: SharedConnection,
  options: DialOptions,
): Promise<void> {
  const environment = run.environment ?? {};
  const names = Object.keys(environment);
  if (names.length === 0) return;
  const printed = await shared.use(async (client) => {
    const output = new Output({ log: () => Promise.resolve(), logging: "none" });
    await start(client, { command: "env", env: environment }, (channel) =>
      listen(channel.end(), output),
    );
    return output.text("stdout");
  }, options);
  const missing = names.filter(
    (name) => !printed.split("\n").some((line) => line.startsWith(`${name}=`)),
  );
  if (missing.length === 0) return;
  throw new Error(
    `could not set environment variable ${missing.join(", ")} on ${addressOf(run.connection)}: its SSH server does not accept it; add it to AcceptEnv, or write NAME=value before the command`,
  );
}

/** Resolves with the command's output. */
async function execute(
  client: Client,
  { run, shared, operation }: { run: RemoteRun; shared: SharedConnection; operation: Operation },
): Promise<{ stdout: string; stderr: string }> {
  const { signal, name } = operation;
  const address = addressOf(run.connection);
  signal.throwIfAborted();
  const output = new Output({ ...operation, ...run });
  const env = { ...run.optionalEnvironment, ...run.environment };
  const { channel, end } = await start(client, { command: run.command, env }, (opened) => ({
    channel: opened,
    end: listen(opened, output),
  }));
  // The command may end before it has read all of its input.
  channel.on("error", () => undefined);
  channel.end(run.stdin ?? "");
  try {
    const { code, killedBy } = await unlessAborted(end, signal);
    await output.flush();
    if (code === 0) return { stdout: output.text("stdout"), stderr: output.text("stderr") };
    const lost = `lost the connection to ${address} while ${name} ran there (${shared.lostBecause})`;
    throw new Error(
      failureText(howItEnded({ code, killedBy }, address) ?? lost, run.command, output),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    await interrupt(channel, end);
    await output.flush();
    throw new Error(failureText(`${messageOf(signal.reason)} on ${address}`, run.command, output), {
      cause: error,
    });
  }
}
