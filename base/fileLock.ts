import { createHash } from "node:crypto";
import { createConnection, createServer, type Socket } from "node:net";
import { codeOf } from "./errors.ts";

/** Who holds a lock. `since` is an ISO time. */
export interface LockOwner {
  readonly pid: number;
  readonly since: string;
  readonly what: string;
}

export interface LockOptions {
  /** What the holder does, told to whoever waits: `bringing etcd`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Called once per holder that stands in the way. Throw from it to give up instead of waiting. */
  readonly onWait?: (owner: LockOwner) => void;
}

/**
 * A lock is a listening socket in Linux's abstract namespace, named after the path it guards: the kernel frees it
 * with its process, however that ends, so there are no stale locks and no files. Waiting is a connection to the
 * holder that closes when the holder lets go: nothing polls. Abstract names are per network namespace; lab takes its
 * locks before it enters one.
 */
function socketName(path: string): string {
  return `\0hardway-${createHash("sha256").update(path).digest("hex").slice(0, 40)}`;
}

/** A lock that is held; `release` is idempotent. */
export interface HeldLock {
  release(): Promise<void>;
}

function listen(name: string, what: string): Promise<HeldLock> {
  const owner: LockOwner = { pid: process.pid, since: new Date().toISOString(), what };
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => waiting.delete(socket));
    socket.write(`${JSON.stringify(owner)}\n`);
    socket.unref();
  });
  let released: Promise<void> | undefined;
  const release = () =>
    (released ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of waiting) socket.destroy();
    }));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(name, () => {
      // A holder that ends without letting go must not be kept alive by its lock.
      server.unref();
      resolve({ release });
    });
  });
}

/** Resolves when the holder lets go (its end of the connection closes). */
function released(name: string, { onWait, signal }: LockOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    let told = false;
    const socket = createConnection(name);
    const abort = () => {
      socket.destroy();
      reject(signal?.reason instanceof Error ? signal.reason : new Error("interrupted"));
    };
    signal?.addEventListener("abort", abort, { once: true });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (told || !text.includes("\n")) return;
      told = true;
      try {
        onWait?.(JSON.parse(text) as LockOwner);
      } catch (error) {
        socket.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    // Refused or reset: the holder went away between our attempt and this connection.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** Takes the lock of `path` (any absolute path; nothing is made there), waiting for its holder if there is one. */
export async function takeLock(path: string, options: LockOptions): Promise<HeldLock> {
  const name = socketName(path);
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await listen(name, options.what);
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") throw error;
    }
    await released(name, options);
  }
}

/** Runs `body` while the lock of `path` is held. */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  body: () => Promise<T>,
): Promise<T> {
  const lock = await takeLock(path, options);
  try {
    return await body();
  } finally {
    await lock.release();
  }
}
