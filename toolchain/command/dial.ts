import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type AuthenticationType, type Client, type ConnectConfig } from "ssh2";
import { messageOf } from "../../base/errors.ts";
import { addressOf, type Connection } from "./connection.ts";
import { fingerprint, type HostKey, parseHostKey, signatureAlgorithms } from "./hostKey.ts";
import { readablePrivateKey } from "./privateKey.ts";

/**
 * After 4 unanswered keepalives the connection counts as lost; an emulated machine may stall for
 * long.
 */
const KEEPALIVE = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };

/** A retry would fail in the same way: another host key, or inputs that cannot be read. */
export class PermanentDialError extends Error {}

/**
 * Makes one attempt to connect and log in.
 *
 * @param through a stream to the host that a proxy opened, instead of a direct connection
 * @throws with one sentence about the cause; with `signal`'s reason if the signal is aborted
 */
export async function dial(
  connection: Connection,
  { signal, through }: { signal: AbortSignal; through?: Duplex },
): Promise<Client> {
  signal.throwIfAborted();
  const { expected, credentials } = readKeys(connection);
  const deadline = Date.now() + connection.perDialTimeout * 1000;
  const sock = through ?? (await openSocket(connection, signal));
  const readyTimeout = connection.perDialTimeout === 0 ? 0 : Math.max(1, deadline - Date.now());
  return logIn(connection, { ...credentials, sock, readyTimeout }, { expected, signal });
}

/** @throws PermanentDialError if a key of the connection cannot be read */
function readKeys(connection: Connection) {
  const { hostKey } = connection;
  try {
    return {
      expected: hostKey === undefined ? undefined : parseHostKey(hostKey),
      credentials: credentialsOf(connection),
    };
  } catch (error) {
    throw new PermanentDialError(messageOf(error), { cause: error });
  }
}

type Credentials = Pick<
  ConnectConfig,
  "privateKey" | "passphrase" | "password" | "agent" | "authHandler" | "tryKeyboard"
>;

/** The login methods that the connection has credentials for, the private key first. */
function credentialsOf(connection: Connection): Credentials {
  const { privateKey, privateKeyPassword, password } = connection;
  const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  const methods: AuthenticationType[] = [];
  if (privateKey !== undefined) methods.push("publickey");
  if (password !== undefined) methods.push("password", "keyboard-interactive");
  if (agent) methods.push("agent");
  return {
    authHandler: methods.length === 0 ? ["none"] : methods,
    tryKeyboard: password !== undefined,
    ...(privateKey === undefined
      ? {}
      : { privateKey: readablePrivateKey(privateKey, privateKeyPassword) }),
    ...(privateKeyPassword === undefined ? {} : { passphrase: privateKeyPassword }),
    ...(password === undefined ? {} : { password }),
    ...(agent ? { agent } : {}),
  };
}

function openSocket(connection: Connection, signal: AbortSignal): Promise<Socket> {
  const { host, port, perDialTimeout } = connection;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const finish = (error: Error | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const abort = () => {
      finish(signal.reason as Error);
    };
    const fail = (error: NodeJS.ErrnoException) => {
      finish(new Error(socketSentence(connection, error), { cause: error }));
    };
    const timer =
      perDialTimeout === 0
        ? undefined
        : setTimeout(() => {
            finish(
              new Error(
                `${addressOf(connection)} did not respond within ${perDialTimeout} s: the host is down, or a firewall drops the packets`,
              ),
            );
          }, perDialTimeout * 1000);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      finish(undefined);
    });
  });
}

function socketSentence(connection: Connection, error: NodeJS.ErrnoException): string {
  const address = addressOf(connection);
  switch (error.code) {
    case "ECONNREFUSED":
      return `${address} refused the connection: nothing listens there`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${connection.host}: the name cannot be resolved (${error.code})`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${address}: there is no route to it (${error.code})`;
    case "ETIMEDOUT":
      return `${address} did not respond: the host is down, or a firewall drops the packets`;
    default:
      return `${address}: ${error.message}`;
  }
}

function logIn(
  connection: Connection,
  config: Credentials & { sock: Duplex; readyTimeout: number },
  { expected, signal }: { expected: HostKey | undefined; signal: AbortSignal },
): Promise<Client> {
  const client = new ssh2.Client();
  let presented: Buffer | undefined;
  return new Promise((resolve, reject) => {
    const abort = () => {
      finish(signal.reason as Error);
    };
    const finish = (error: Error | undefined) => {
      signal.removeEventListener("abort", abort);
      if (error === undefined) {
        resolve(client);
      } else {
        reject(error);
        client.destroy();
      }
    };
    signal.addEventListener("abort", abort, { once: true });
    client.once("ready", () => {
      finish(undefined);
    });
    // This listener is never removed: an "error" without a listener ends the process. Later errors
    // are followed by "close".
    client.on("error", (error: Error & { level?: string }) => {
      finish(loginError(connection, error, { expected, presented }));
    });
    client.once("close", () => {
      finish(
        new Error(`${addressOf(connection)} closed the connection before the login was complete`),
      );
    });
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, answer) => {
      answer(prompts.map(() => connection.password ?? ""));
    });
    try {
      client.connect({
        ...config,
        ...KEEPALIVE,
        username: connection.user,
        ...(expected
          ? { algorithms: { serverHostKey: signatureAlgorithms(expected.type) as never } }
          : {}),
        hostVerifier: (key: Buffer) => {
          presented = key;
          return expected === undefined || expected.blob.equals(key);
        },
      });
    } catch (error) {
      finish(error as Error);
    }
  });
}

function loginError(
  connection: Connection,
  error: Error & { level?: string },
  { expected, presented }: { expected: HostKey | undefined; presented: Buffer | undefined },
): Error {
  const address = addressOf(connection);
  if (expected && presented && !expected.blob.equals(presented)) {
    return new PermanentDialError(
      `${address} has another host key than connection.hostKey says: expected ${fingerprint(expected.blob)}, found ${fingerprint(presented)}; it is another machine, or it was recreated: if you expect the new key, \`ssh-keyscan ${connection.host}\` prints its key`,
      { cause: error },
    );
  }
  if (error.message.includes("no matching host key format") && expected) {
    return new PermanentDialError(
      `${address} has no host key of connection.hostKey's type: expected ${fingerprint(expected.blob)}; \`ssh-keyscan ${connection.host}\` prints its keys`,
      { cause: error },
    );
  }
  return new Error(loginSentence(connection, error), { cause: error });
}

function loginSentence(connection: Connection, error: Error & { level?: string }): string {
  const address = addressOf(connection);
  if (error.level === "client-authentication") {
    return `${address} refused the login of user ${connection.user}: it accepted none of the offered credentials`;
  }
  if (error.level === "client-timeout") {
    return `${address} accepted the connection but did not complete the login within ${connection.perDialTimeout} s`;
  }
  return `${address}: ${error.message}`;
}
