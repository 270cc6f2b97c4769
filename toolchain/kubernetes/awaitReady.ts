import { messageOf } from "../../base/errors.ts";
import { pause } from "../../base/pause.ts";
import type { Operation } from "../rpc/provider.ts";
import type { Cluster } from "./cluster.ts";
import { annotation, describe, type Manifest } from "./manifest.ts";
import { problemsOf, type Readiness, readinessOf } from "./readiness.ts";

/**
 * How long an object may take where no annotation says otherwise. The official provider has 600 s, and takes a longer
 * `customTimeouts` in its place; here those only cut this short, so it is what the program's add-ons ask for.
 */
const DEFAULT_SECONDS = 1800;

/** The pauses between looks: short at first, as most objects are ready at once. */
const POLL = { firstMilliseconds: 100, factor: 1.3, maxMilliseconds: 1_500 };

/** How long the search for the reasons may take after the time is over. */
const REASONS_MILLISECONDS = 5_000;

/** The object is there but did not become ready. */
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
 * Waits until an object that was just applied is ready, and tells on the way what it waits for.
 *
 * @param applied the server's answer
 * @returns the object as it is once it is ready
 * @throws NotReady when the time is over, on a cancel, or when waiting is of no use
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
  let last: Readiness = { isReady: false, waitingFor: "a first look" };
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
        throw new NotReady(`${describe(live)} was deleted while it was awaited`, live, []);
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

/** The time limit for an object: customTimeouts bound the operation already, so an annotation counts only without. */
export function readySeconds(manifest: Manifest): number {
  const seconds = Number(annotation(manifest, "pulumi.com/timeoutSeconds"));
  return seconds > 0 ? seconds : DEFAULT_SECONDS;
}

/** One look at an object that is there. @throws NotReady */
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
  // A signal of its own: the operation's may be over.
  const signal = AbortSignal.timeout(REASONS_MILLISECONDS);
  const problems = await problemsOf(live, { cluster, signal }).catch(() => []);
  const message = `${describe(live)}: ${why}; it was waiting for ${last.waitingFor}`;
  // The engine shows the reasons only.
  return new NotReady(message, live, [message, ...problems]);
}
