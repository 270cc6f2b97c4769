import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../base/errors.ts";

/** Ticks of all CPUs together since boot: busy, and in total. */
function ticks(): { busy: number; all: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const counts = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const [, , , idle = 0, waiting = 0] = counts;
  return { busy: all - idle - waiting, all };
}

/** The share of CPU time that is busy during the next `seconds`. */
async function busyShare(seconds: number, signal: AbortSignal): Promise<number> {
  const before = ticks();
  await delay(seconds * 1000, undefined, { signal });
  const after = ticks();
  return (after.busy - before.busy) / (after.all - before.all);
}

/**
 * Highest CPU share that other processes may use; above this, the benchmark measures them instead.
 */
const quietShare = 0.15;

export interface QuietOptions {
  readonly withinSeconds: number;
  /** Measures even on a busy machine. */
  readonly anyway: boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits until the CPUs are idle; returns the share that other processes still use.
 *
 * @throws UserError if the CPUs stay busy for `withinSeconds`, unless `anyway`
 */
export async function awaitQuiet({ withinSeconds, anyway, signal }: QuietOptions): Promise<number> {
  const end = performance.now() + withinSeconds * 1000;
  for (;;) {
    const share = await busyShare(5, signal);
    if (share <= quietShare || anyway) return share;
    if (performance.now() < end) continue;
    throw new UserError({
      place: "this machine",
      found: `${percent(share)} of the CPU time used by other processes (load average ${describeLoad()})`,
      expected: `at most ${percent(quietShare)}, because more distorts the times`,
      remedy: "wait until it is idle, or add --anyway to only check that the bench works",
    });
  }
}

/** 0.153 is `15 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The load averages over 1, 5 and 15 minutes, as `uptime` prints them. */
export function describeLoad(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(" ");
}
