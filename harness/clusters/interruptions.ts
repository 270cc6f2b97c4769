import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { poll } from "../../base/poll.ts";
import type { LabRun, PersonsLab } from "./personsLab.ts";

/** Ctrl-C; Ctrl-C twice; lab killed; lab, pulumi, its plugins and the mirror killed at once. */
export type Way = (typeof ways)[number];
const ways = ["ctrl-c", "ctrl-c twice", "kill lab", "kill all"] as const;

/** Steps in the order of their start, if they have one. */
const milestones = ["os", "containerd", "etcd", "kube-apiserver", "kube-proxy", "coredns"] as const;
type Milestone = (typeof milestones)[number];

/** When and how a run of `./lab` is interrupted. */
export interface Interruption {
  /** The output that starts the delay. */
  readonly after: RegExp;
  /** The delay. */
  readonly delayMs: number;
  readonly way: Way;
}

/** Matches pulumi's line for the start of this step or of a later one. */
function beginning(at: Milestone): RegExp {
  const steps = milestones.slice(milestones.indexOf(at));
  return new RegExp(`Command \\S+-(${steps.join("|")}) creating|Deployment coredns creating`);
}

/**
 * The interruptions of a lab's creation: chosen ones, each of which leaves something else
 * unfinished, and random ones between them, which a seed reproduces.
 */
export function interruptions(seed: number): Interruption[] {
  const any = (...at: Milestone[]) =>
    fc.record({
      after: fc.constantFrom(...at.map(beginning)),
      delayMs: fc.integer({ min: 0, max: 2000 }),
      way: fc.constantFrom(...ways),
    });
  const chances = fc.tuple(any("os"), any("containerd", "etcd", "kube-apiserver", "kube-proxy"));
  const [[early, midway]] = fc.sample(chances, { seed, numRuns: 1 }) as [
    [Interruption, Interruption],
  ];
  return [
    early,
    { after: beginning("containerd"), delayMs: 0, way: "kill all" },
    { after: beginning("etcd"), delayMs: 300, way: "ctrl-c" },
    midway,
    { after: beginning("kube-apiserver"), delayMs: 0, way: "kill lab" },
    { after: beginning("kube-proxy"), delayMs: 0, way: "ctrl-c twice" },
    { after: beginning("coredns"), delayMs: 0, way: "kill all" },
  ];
}

/** Interrupts a run after a certain output; does nothing if the run has already ended. */
export async function interrupt(
  person: PersonsLab,
  run: LabRun,
  { after, delayMs, way }: Interruption,
): Promise<void> {
  if (!(await hasPrinted(run, after))) return;
  // A fixed delay on purpose: the test is about this moment.
  await delay(delayMs);
  if (way === "kill all") {
    await person.killAll();
    return;
  }
  run.signal(way === "kill lab" ? "SIGKILL" : "SIGINT");
  if (way === "ctrl-c twice" && (await hasPrinted(run, /press \^C again/))) run.signal("SIGINT");
}

/** Resolves with true when the run prints a match, and with false if it ends first. */
async function hasPrinted(run: LabRun, what: RegExp): Promise<boolean> {
  let isOver = false;
  void run.ended.then(() => {
    isOver = true;
  });
  const look = () => Promise.resolve(what.test(run.text()) || isOver || undefined);
  await poll(look, { what: `lab to print ${what.source}`, withinMs: 240_000, everyMs: 10 });
  return !isOver;
}
