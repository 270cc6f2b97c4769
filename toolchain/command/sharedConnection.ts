import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { pause } from "../../base/pause.ts";
import type { Connection } from "./connection.ts";
import { dial, WrongHost } from "./dial.ts";
import { unlessAborted } from "./unlessAborted.ts";
import { Unstarted } from "./unstarted.ts";

/** sshd's MaxSessions is 10 where nobody changed it; what stays free is for a person. */
const MAX_CHANNELS = 8;

/** A connection that nobody uses is closed after this long: the next step on its node is not far behind. */
const IDLE_MILLISECONDS = 30_000;

/** How often a command that could not be started is tried again on the same host, before its error counts. */
const MAX_RESTARTS = 10;

/** The waits between attempts: as the official plugin has them. */
const BACKOFF = { firstMilliseconds: 100, factor: 1.5, maxMilliseconds: 5_000 };

export interface DialOptions {
  /** How many failed attempts are put up with; -1 for no limit. */
  readonly limit: number;
  readonly signal: AbortSignal;
  onFailure(failed: number, error: Error): void;
}

/**
 * One SSH connection to one host, shared by all commands of a run. It is made when the first one wants it and made
 * again when it was lost; attempts are shared, while each command counts failures against its own limit.
 */
export class SharedConnection {
  readonly #connection: Connection;
  readonly #openThrough: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
  readonly #ended = new AbortController();
  #client: Client | undefined;
  #attempt: Promise<Client> | undefined;
  #failures = 0;
  #users = 0;
  #channels = 0;
  #maxChannels = MAX_CHANNELS;
  #waiting: (() => void)[] = [];
  #idle: NodeJS.Timeout | undefined;
  /** Why the last connection was lost. */
  #lostBecause: string | undefined;

  /** @param openThrough opens a stream to the host through a proxy */
  constructor(connection: Connection, openThrough?: (signal: AbortSignal) => Promise<Duplex>) {
    this.#connection = connection;
    this.#openThrough = openThrough;
  }

  /** What is known of why the connection was lost, for the message of a command that ran on it. */
  get lostBecause(): string {
    return this.#lostBecause ?? "the server closed it";
  }

  /**
   * Runs `body` with the connection and one of its channels, once there is one to have.
   *
   * If it throws `Unstarted` it is run again: the connection had just been lost, or the server allows fewer
   * channels than usual.
   */
  async use<T>(body: (client: Client) => Promise<T>, options: DialOptions): Promise<T> {
    const release = this.#hold();
    try {
      for (let restarts = 0; ; restarts++) {
        const client = await this.#connect(options);
        await this.#takeChannel(options.signal);
        try {
          return await body(client);
        } catch (error) {
          if (!(error instanceof Unstarted) || restarts === MAX_RESTARTS) throw error;
          if (!this.#canTryAgain(client, error)) throw error;
        } finally {
          this.#freeChannel();
        }
      }
    } finally {
      release();
    }
  }

  /** A stream to another host, opened by this one; the connection is held until the stream closes. */
  async forward(
    { host, port }: { host: string; port: number },
    options: DialOptions,
  ): Promise<Duplex> {
    const release = this.#hold();
    try {
      const client = await this.#connect(options);
      return await new Promise<Duplex>((resolve, reject) => {
        client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
          if (error) reject(error);
          else resolve(stream.once("close", release));
        });
      });
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Closes the connection; what runs on it fails. */
  end(reason: Error): void {
    clearTimeout(this.#idle);
    this.#ended.abort(reason);
    this.#drop();
  }

  /** Keeps the connection from being closed as idle; returns what undoes that. */
  #hold(): () => void {
    this.#users++;
    clearTimeout(this.#idle);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#users--;
      if (this.#users > 0) return;
      this.#idle = setTimeout(() => this.#drop(), IDLE_MILLISECONDS).unref();
    };
  }

  /** The connection, with as many attempts as `limit` allows. */
  async #connect(options: DialOptions): Promise<Client> {
    const { limit, signal } = options;
    for (let failed = 0; ; ) {
      signal.throwIfAborted();
      if (this.#client) return this.#client;
      try {
        this.#attempt ??= this.#dialOnce();
        return await unlessAborted(this.#attempt, signal);
      } catch (error) {
        if (signal.aborted || this.#ended.signal.aborted || !(error instanceof Error)) throw error;
        if (error instanceof WrongHost) throw error;
        failed++;
        if (limit >= 0 && failed > limit) {
          throw new Error(`after ${failed} failed attempts: ${error.message}`, { cause: error });
        }
        options.onFailure(failed, error);
      }
    }
  }

  async #dialOnce(): Promise<Client> {
    const { signal } = this.#ended;
    try {
      if (this.#failures > 0) await pause(backoff(this.#failures), signal);
      const through = await this.#openThrough?.(signal);
      const client = await dial(this.#connection, through ? { signal, through } : { signal });
      this.#failures = 0;
      this.#adopt(client);
      return client;
    } catch (error) {
      this.#failures++;
      throw error;
    } finally {
      this.#attempt = undefined;
    }
  }

  #adopt(client: Client): void {
    this.#client = client;
    this.#lostBecause = undefined;
    this.#maxChannels = MAX_CHANNELS;
    client.on("error", (error: Error) => {
      this.#lostBecause = error.message;
    });
    client.once("close", () => {
      if (this.#client === client) this.#client = undefined;
    });
  }

  #canTryAgain(client: Client, { isRefused }: Unstarted): boolean {
    if (!isRefused) {
      if (this.#client === client) this.#drop();
      return true;
    }
    const others = this.#channels - 1;
    if (others === 0) return false;
    this.#maxChannels = others;
    return true;
  }

  async #takeChannel(signal: AbortSignal): Promise<void> {
    while (this.#channels >= this.#maxChannels) {
      await unlessAborted(new Promise<void>((resolve) => this.#waiting.push(resolve)), signal);
    }
    this.#channels++;
  }

  #freeChannel(): void {
    this.#channels--;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.end();
  }
}

function backoff(failures: number): number {
  const { firstMilliseconds, factor, maxMilliseconds } = BACKOFF;
  return Math.min(firstMilliseconds * factor ** (failures - 1), maxMilliseconds);
}
