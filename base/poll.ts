import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "./errors.ts";

export interface PollOptions {
  /** What must happen, for the error: `libvirtd to answer`. */
  readonly what: string;
  readonly withinMs: number;
  /** @default 100 */
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** What to do after a timeout. */
  readonly remedy?: string;
}

/**
 * Calls `ask` until it returns a value, and returns that value.
 *
 * @throws UserError after `withinMs`
 */
export async function poll<T>(ask: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const { what, withinMs, everyMs = 100, signal, remedy } = options;
  const end = Date.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() + everyMs > end) {
      throw new UserError(
        `waited ${withinMs / 1000} s for ${what}${remedy === undefined ? "" : `; ${remedy}`}`,
      );
    }
    await delay(everyMs, undefined, { ...(signal === undefined ? {} : { signal }) });
  }
}
