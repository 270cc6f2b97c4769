import { createHash } from "node:crypto";

/** How to reach a host over SSH; what a `connection` input says, in the clear. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** PEM, in any form that OpenSSH or OpenSSL writes. */
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  /** The agent's socket; without it, that of SSH_AUTH_SOCK if there is one. */
  readonly agentSocketPath?: string;
  /** How many failed attempts to connect are put up with; -1 for no limit. */
  readonly dialErrorLimit: number;
  /** Seconds for one attempt; 0 for no limit. */
  readonly perDialTimeout: number;
  /** The key the host must have, as in known_hosts without the name: `ssh-ed25519 AAAA…`. Without it any is taken. */
  readonly hostKey?: string;
  /** A host to go through. */
  readonly proxy?: Connection;
}

/** `host:port`, for messages. */
export function addressOf({ host, port }: Connection): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Equal for two connections that can be one: the same server, reached and verified in the same way. */
export function connectionKey(connection: Connection): string {
  const { host, port, user, password, privateKey, privateKeyPassword, hostKey } = connection;
  const { agentSocketPath, proxy } = connection;
  const parts = [
    host,
    port,
    user,
    password,
    privateKey,
    privateKeyPassword,
    hostKey,
    agentSocketPath,
  ];
  return createHash("sha256")
    .update(JSON.stringify([...parts, proxy ? connectionKey(proxy) : undefined]))
    .digest("hex");
}
