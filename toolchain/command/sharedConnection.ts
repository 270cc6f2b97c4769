import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { pause } from "../../base/pause.ts";
import type { Connection } from "./connection.ts";
import { dial, PermanentDialError } from "./dial.ts";
import { unlessAborted } from "./unlessAborted.ts";
import { Unstarted } from "./unstarted.ts";

/** Below sshd's default MaxSessions, 10, so that a user can still log in. */
const MAX_CHANNELS = 8;

/**
 * An unused connection is closed after this time; the next step on its node usually comes sooner.
 */
const IDLE_MILLISECONDS = 30_000;

/**
 * How often a command that did not start is retried on the same host before its error is reported.
 */
const MAX_RESTARTS = 10;

/** Back-off between attempts, as in the official plugin. */
const BACKOFF = { firstMilliseconds: 100, factor: 1.5, maxMilliseconds: 5_000 };

export interface DialOptions {
  /** The number of attempts, at least one; -1 for no limit. */
  readonly limit: number;
  readonly signal: AbortSignal;
  onFailure(failed: number, error: Error): void;
}

/**
 * One SSH connection to one host, shared by all commands of a run. The first command opens it, and
 * it is reopened after a loss. Commands share attempts, and each has its own limit of failures.
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

  /** The known cause of the loss, for the message of a command that used the connection. */
  get lostBecause(): string {
    return this.#lostBecause ?? "the server closed it";
  }

  /**
   * Runs `body` with the connection when one of its channels is free.
   *
   * If `body` throws `Unstarted`, it runs again: the connection was lost just before, or the server
   * allows fewer channels than usual.
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

  /**
   * Opens a stream to another host through this one; the connection stays open until the stream
   * closes.
   */
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

  /** Closes the connection; commands that use it fail. */
  end(reason: Error): void {
    clearTimeout(this.#idle);
    this.#ended.abort(reason);
    this.#drop();
  }

  /**
   * Prevents the idle timeout from closing the connection, until the returned function is called.
   */
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

  /** Connects, with as many attempts as `limit` allows. */
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
        if (error instanceof PermanentDialError) throw error;
        failed++;
        if (limit >= 0 && failed >= limit) {
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
