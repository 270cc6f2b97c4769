import { createHash } from "node:crypto";
import { createConnection, createServer, type Socket } from "node:net";
import { codeOf } from "./errors.ts";

/** The process that holds a lock. `since` is an ISO time. */
export interface LockOwner {
  readonly pid: number;
  readonly since: string;
  readonly what: string;
}

export interface LockOptions {
  /** What the holder is doing, shown to processes that wait: `downloading etcd`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Called once for each holder waited for. May throw to give up. */
  readonly onWait?: (owner: LockOwner) => void;
}

/**
 * A lock is a listening socket in Linux's abstract namespace, named after the path it guards. The
 * kernel releases it when its process ends, so no lock is ever stale. A waiting process holds a
 * connection that closes on release, so nothing polls. Abstract names belong to a network
 * namespace: lab takes its locks before it enters one.
 */
function socketName(path: string): string {
  return `\0hardway-${createHash("sha256").update(path).digest("hex").slice(0, 40)}`;
}

/** `release` is idempotent. */
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
      // The lock must not keep its process running.
      server.unref();
      resolve({ release });
    });
  });
}

/** Resolves when the holder closes its end of the connection. */
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
    // Refused or reset: the lock was released before this connection was made.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** Takes the lock of an absolute `path`, waiting for its holder. No file is created. */
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
