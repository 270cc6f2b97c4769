import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import ssh2, { type Connection as ServerConnection, type Session } from "ssh2";
import { readablePrivateKey } from "../../../toolchain/command/privateKey.ts";
import { serveSftp } from "./sftpServer.ts";

/** A key pair in OpenSSH's form. */
export interface TestKey {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  readonly pkcs8: string;
}

export function testKey(): TestKey {
  const pair = generateKeyPairSync("ed25519");
  const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const privateKey = readablePrivateKey(pkcs8, undefined);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return {
    privateKey,
    publicKey: `ssh-ed25519 ${parsed.getPublicSSH().toString("base64")}`,
    pkcs8,
  };
}

export interface SshServerOptions {
  readonly hostKey: TestKey;
  /** The public key that can log in. */
  readonly userKey: TestKey;
  readonly password?: string;
  /** Like sshd's MaxSessions. */
  readonly maxSessions?: number;
  /** Like sshd's AcceptEnv. */
  readonly acceptEnv?: readonly string[];
}

/** An SSH server on 127.0.0.1 that runs commands with /bin/sh, as sshd does, and counts them. */
export class SshServer {
  readonly connections = new Set<ServerConnection>();
  /** Logins since the start. */
  logins = 0;
  /** The maximum number of parallel commands. */
  peak = 0;
  #running = new Set<ChildProcess>();
  readonly #server: InstanceType<typeof ssh2.Server>;
  port = 0;

  constructor(options: SshServerOptions) {
    this.#server = new ssh2.Server({ hostKeys: [options.hostKey.privateKey] }, (connection) => {
      this.connections.add(connection);
      // Without this, each response waits 40 ms for the acknowledgement of the previous one.
      (connection as unknown as { setNoDelay(isSet: boolean): void }).setNoDelay(true);
      connection.on("error", () => undefined);
      connection.on("close", () => this.connections.delete(connection));
      connection.on("authentication", (context) => {
        const isKey =
          context.method === "publickey" &&
          context.key.data.toString("base64") === options.userKey.publicKey.split(" ")[1];
        const isPassword = context.method === "password" && context.password === options.password;
        if (isKey || isPassword) context.accept();
        else context.reject(["publickey", "password"]);
      });
      connection.on("ready", () => {
        this.logins++;
      });
      let sessions = 0;
      connection.on("session", (accept, reject) => {
        if (sessions >= (options.maxSessions ?? 10)) {
          reject();
          return;
        }
        sessions++;
        this.#serve(accept(), options.acceptEnv ?? [], () => sessions--);
      });
      connection.on("tcpip", (accept, _reject, info) => {
        const channel = accept();
        void import("node:net").then(({ connect }) => {
          const socket = connect({ host: info.destIP, port: info.destPort });
          socket.on("error", () => channel.close());
          channel.on("error", () => socket.destroy());
          socket.pipe(channel).pipe(socket);
        });
      });
    });
  }

  #serve(session: Session, acceptEnv: readonly string[], onEnd: () => void): void {
    const env: Record<string, string> = { PATH: process.env.PATH ?? "" };
    let child: ChildProcess | undefined;
    session.on("close", onEnd);
    // ssh2's server drops requests after the client's EOF; sshd does not.
    Object.defineProperty(session, "_ending", { get: () => false, set: () => undefined });
    session.on("env", (accept, reject, info) => {
      const isAccepted = acceptEnv.includes(info.key);
      if (isAccepted) env[info.key] = (info as unknown as { val: string }).val;
      // Undefined if the client wants no reply.
      const answer = isAccepted ? accept : reject;
      if (typeof answer === "function") answer();
    });
    session.on("signal", (accept, _reject, info) => {
      if (typeof accept === "function") accept();
      if (child?.pid !== undefined) process.kill(-child.pid, `SIG${info.name}` as NodeJS.Signals);
    });
    session.on("sftp", (accept) => {
      serveSftp(accept());
    });
    session.on("exec", (accept, _reject, info) => {
      const channel = accept();
      child = spawn("/bin/sh", ["-c", info.command], { env, detached: true });
      const started = child;
      this.#running.add(started);
      this.peak = Math.max(this.peak, this.#running.size);
      channel.pipe(child.stdin ?? channel);
      child.stdin?.on("error", () => undefined);
      child.stdout?.on("data", (chunk: Buffer) => channel.write(chunk));
      child.stderr?.on("data", (chunk: Buffer) => channel.stderr.write(chunk));
      child.once("close", (code, killedBy) => {
        this.#running.delete(started);
        try {
          if (code !== null) channel.exit(code);
          else channel.exit((killedBy ?? "SIGTERM").slice(3));
          channel.end();
        } catch {
          // The connection is lost.
        }
      });
    });
  }

  /** True once no command is running. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Cuts every connection, like a power failure. */
  cut(): void {
    for (const connection of this.connections) {
      (connection as unknown as { _sock: { destroy(): void } })._sock.destroy();
    }
  }

  listen(port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        const address = this.#server.address();
        this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    for (const child of this.#running) {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
