import { createHash } from "node:crypto";

/** How to reach an SSH host: a `connection` input without its secret envelopes. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** PEM, in any form that OpenSSH or OpenSSL writes. */
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  /** The agent's socket; by default, SSH_AUTH_SOCK if it is set. */
  readonly agentSocketPath?: string;
  /** Number of failed connection attempts allowed; -1 for no limit. */
  readonly dialErrorLimit: number;
  /** Seconds for one attempt; 0 for no limit. */
  readonly perDialTimeout: number;
  /**
   * The expected host key, as in known_hosts without the name: `ssh-ed25519 AAAA…`. Without it, any
   * host key is accepted.
   */
  readonly hostKey?: string;
  /** The jump host. */
  readonly proxy?: Connection;
}

/** `host:port`, for messages. */
export function addressOf({ host, port }: Connection): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A key that is equal for connections that can be shared: same server, route and verification. */
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
