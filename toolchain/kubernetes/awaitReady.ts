import { messageOf } from "../../base/errors.ts";
import { pause } from "../../base/pause.ts";
import type { Operation } from "../rpc/provider.ts";
import type { Cluster } from "./cluster.ts";
import { annotation, describe, type Manifest } from "./manifest.ts";
import { problemsOf, type Readiness, readinessOf } from "./readiness.ts";

/**
 * Default time limit, as long as the program's add-ons need. The official provider waits 600 s, or
 * a longer time if `customTimeouts` says so; here `customTimeouts` can only shorten the limit.
 */
const DEFAULT_SECONDS = 1800;

/** The pauses between checks: short at first, because most objects are ready at once. */
const POLL = { firstMilliseconds: 100, factor: 1.3, maxMilliseconds: 1_500 };

/** Time limit for collecting the reasons after the object's time limit. */
const REASONS_MILLISECONDS = 5_000;

/** The object exists but did not become ready. */
export class NotReady extends Error {
  readonly live: Manifest;
  readonly reasons: readonly string[];

  constructor(message: string, live: Manifest, reasons: readonly string[]) {
    super(message);
    this.live = live;
    this.reasons = reasons;
  }
}

/**
 * Waits until an object that was just applied is ready, and logs what it waits for.
 *
 * @param applied the object in the server's response
 * @returns the object in its ready state
 * @throws NotReady after the time limit, on a cancel, or if the object cannot become ready
 */
export async function awaitReady(
  applied: Manifest,
  { cluster, operation, seconds }: { cluster: Cluster; operation: Operation; seconds: number },
): Promise<Manifest> {
  if (annotation(applied, "pulumi.com/skipAwait") === "true") return applied;
  const limit = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([operation.signal, limit]);
  let live = applied;
  let said = "";
  let last: Readiness = { isReady: false, waitingFor: "the first check" };
  try {
    for (
      let wait = POLL.firstMilliseconds;
      ;
      wait = Math.min(wait * POLL.factor, POLL.maxMilliseconds)
    ) {
      last = await readinessOf(live, { cluster, signal });
      if (last.isReady) return live;
      if (last.isHopeless) break;
      if (last.waitingFor !== said) {
        said = last.waitingFor;
        await operation.log({ severity: "info", text: `waiting for ${said}`, ephemeral: true });
      }
      await pause(wait, signal);
      const found = await cluster.find(live, signal);
      if (!found)
        throw new NotReady(`${describe(live)} was deleted before it became ready`, live, []);
      live = found;
    }
  } catch (error) {
    if (error instanceof NotReady) throw error;
    if (!signal.aborted) throw await notReady(messageOf(error), live, { cluster, last });
  }
  const why = operation.signal.aborted
    ? messageOf(operation.signal.reason)
    : limit.aborted
      ? `it was not ready within ${seconds} s`
      : "it cannot become ready";
  throw await notReady(why, live, { cluster, last });
}

/** The time limit for an object; `customTimeouts` already limit the operation. */
export function readySeconds(manifest: Manifest): number {
  const seconds = Number(annotation(manifest, "pulumi.com/timeoutSeconds"));
  return seconds > 0 ? seconds : DEFAULT_SECONDS;
}

/** Checks once whether an existing object is ready. @throws NotReady */
export async function checkReady(
  live: Manifest,
  context: { cluster: Cluster; signal: AbortSignal },
): Promise<void> {
  if (annotation(live, "pulumi.com/skipAwait") === "true") return;
  const readiness = await readinessOf(live, context);
  if (readiness.isReady) return;
  throw await notReady("it is not ready", live, { cluster: context.cluster, last: readiness });
}

async function notReady(
  why: string,
  live: Manifest,
  { cluster, last }: { cluster: Cluster; last: Readiness },
): Promise<NotReady> {
  // The operation's signal may already be aborted.
  const signal = AbortSignal.timeout(REASONS_MILLISECONDS);
  const problems = await problemsOf(live, { cluster, signal }).catch(() => []);
  const message = `${describe(live)}: ${why}; it was waiting for ${last.waitingFor}`;
  // The engine shows only the reasons.
  return new NotReady(message, live, [message, ...problems]);
}
