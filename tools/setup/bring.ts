import { join } from "node:path";
import { IntegrityError, messageOf, UserError } from "../../base/errors.ts";
import { withLock } from "../../base/fileLock.ts";
import type { Session } from "../../base/session.ts";
import type { BringContext, Part } from "../../toolchain/part.ts";
import type { Decision } from "./choose.ts";

/**
 * Limits of parallel work. Two compilers keep two cores busy; the third uses the gaps while another
 * downloads modules or links.
 */
const limits = { heavy: 3, light: 4 } as const;

type Need = Pick<Session, "log" | "signal" | "terminal">;

/**
 * Installs all missing parts, in parallel if they are independent. A lock on each part lets two
 * runs of lab share the work. The first failure stops the rest; the next run continues.
 *
 * @param locks directory whose names lock the parts; nothing is written there
 * @throws UserError that names the part
 */
export async function bringAll(
  decisions: readonly Decision[],
  session: Need,
  locks: string,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  const slots = { heavy: slotsOf(limits.heavy), light: slotsOf(limits.light) };
  const done = new Map<string, Promise<void>>();
  const missing = decisions.filter(({ present }) => !present);
  const work = workBehind(missing);
  let count = 0;
  // One at a time, before the output of other work would hide the question.
  for (const { part } of missing) await part.consent?.();

  const bringOne = async (decision: Decision): Promise<void> => {
    // An installed part, or one that is not needed, is not in the map.
    for (const need of decision.part.needs ?? []) await done.get(need);
    const isHeavy = decision.part.cpuMinutes !== undefined;
    const release = await slots[isHeavy ? "heavy" : "light"](work.get(decision.name) ?? 0);
    try {
      signal.throwIfAborted();
      count += 1;
      await bringLocked(decision, `${count}/${missing.length}`, { ...session, signal }, locks);
    } catch (error) {
      stop.abort(new Error("stopped, since another part failed"));
      throw error;
    } finally {
      release();
    }
  };

  for (const decision of missing) {
    // The list is in order of needs. The promise starts its work only after the loop has filled the
    // map.
    done.set(
      decision.name,
      Promise.resolve().then(() => bringOne(decision)),
    );
  }
  const results = await Promise.allSettled(done.values());
  session.signal.throwIfAborted();
  const reasons = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  // The other errors only report the abort.
  const first = reasons.find((reason) => reason !== stop.signal.reason && !isAbort(reason));
  if (reasons.length > 0) throw first ?? reasons[0];
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

async function bringLocked(
  decision: Decision,
  position: string,
  session: Need,
  locks: string,
): Promise<void> {
  const { name, part, why } = decision;
  const { terminal, log, signal } = session;
  const onWait = ({ pid }: { pid: number }) =>
    terminal.say(`${name}: waiting for process ${pid}, which is installing it`);
  await withLock(join(locks, name), { what: `installing ${name}`, signal, onWait }, async () => {
    if (await part.present()) return;
    log.write(`${name}: ${why}`);
    await bringFrom(decision, position, session);
  });
}

/** Installs a part from its chosen source, or from the next source if that fails. */
async function bringFrom(decision: Decision, position: string, session: Need): Promise<void> {
  const { name, part, fallbacks } = decision;
  const { terminal, log, signal } = session;
  const view = terminal.task(name, `installing ${part.describe} from ${part.from} (${position})`);
  try {
    await bringChecked(part, { report: (message) => view.report(message), signal, log: log.path });
    view.done("done");
  } catch (error) {
    view.done(signal.aborted ? "stopped" : "failed");
    signal.throwIfAborted();
    const [next, ...rest] = fallbacks;
    const another = next && !(error instanceof IntegrityError) ? next : undefined;
    if (!another || !(await another.available(new Map())).available) {
      throw named(name, error, log.path);
    }
    terminal.say(`${name}: ${messageOf(error)}; trying ${another.part.from}`);
    await bringFrom({ ...decision, part: another.part, fallbacks: rest }, position, session);
  }
}

async function bringChecked(part: Part, context: BringContext): Promise<void> {
  await part.bring(context);
  context.signal.throwIfAborted();
  context.report("checking");
  await part.check();
}

function named(name: string, error: unknown, log: string): Error {
  if (error instanceof UserError) {
    const message = error.message.startsWith(`${name}:`)
      ? error.message
      : `${name}: ${error.message}`;
    return new UserError(`${message}\nits whole output is in ${log}`, { cause: error });
  }
  return new Error(`${name}: ${messageOf(error)}`, { cause: error });
}

/**
 * The length of the critical path from each part: its CPU minutes and those of the longest chain of
 * parts that wait for it.
 */
function workBehind(decisions: readonly Decision[]): Map<string, number> {
  const work = new Map<string, number>();
  // In reverse order, since a part is listed after those that it needs.
  for (const { name, part } of decisions.toReversed()) {
    const own = (work.get(name) ?? 0) + (part.cpuMinutes ?? 0);
    work.set(name, own);
    for (const need of part.needs ?? []) work.set(need, Math.max(work.get(need) ?? 0, own));
  }
  return work;
}

/**
 * A semaphore with `count` slots, which prefers the caller with the most work. Each call resolves
 * with the function that releases its slot.
 */
function slotsOf(count: number): (work: number) => Promise<() => void> {
  const waiting: { readonly work: number; readonly start: () => void }[] = [];
  let free = count;
  const fill = () => {
    waiting.sort((a, b) => b.work - a.work);
    for (const { start } of waiting.splice(0, free)) {
      free -= 1;
      start();
    }
  };
  const release = () => {
    free += 1;
    fill();
  };
  return async (work) => {
    await new Promise<void>((start) => {
      waiting.push({ work, start });
      // Deferred, so that all parts that are ready now compete.
      setImmediate(fill);
    });
    return release;
  };
}
