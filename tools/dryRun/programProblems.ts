import { type ConfigProblem, type Keys, problemAt } from "../../config/messages/problem.ts";
import { isMapping, partAt } from "../../config/messages/salvage.ts";
import type { Lab, LabNode } from "../../model/lab.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { type DryProgram, type DryRun, dryPrograms } from "./dryRun.ts";
import { findProgram, type Program } from "./programs.ts";
import { runDry, type Verdict } from "./runDry.ts";

export interface ProgramProblems {
  readonly problems: readonly ConfigProblem[];
  /** Programs whose settings were not checked, with the reason. */
  readonly notChecked: readonly { readonly what: string; readonly why: string }[];
}

/** The config, as far as a refusal is placed in it. */
export interface Described {
  readonly lab: Pick<Lab, "nodes">;
  readonly plan: ClusterPlan;
  /** `hardway:cluster` as written. */
  readonly raw: unknown;
}

/**
 * Starts each pinned program with the config that its nodes will have, far enough that it validates
 * the config. A program that the mirror does not have yet is not checked.
 */
export async function programProblems(
  described: Described,
  options: { readonly cache: string; readonly signal?: AbortSignal | undefined },
): Promise<ProgramProblems> {
  const { plan } = described;
  const found = await Promise.all(
    dryPrograms.map(async (name) => [name, await findProgram(options.cache, plan, name)] as const),
  );
  const programs = new Map<DryProgram, Program>();
  for (const [name, program] of found) {
    if (program !== undefined) programs.set(name, program);
  }
  const absent = dryPrograms.filter((name) => !programs.has(name));
  const notChecked = absent.length === 0 ? [] : [{ what: settingsOf(absent), why: notThere }];
  if (programs.size === 0) return { problems: [], notChecked };
  const problems: ConfigProblem[] = [];
  for (const { run, nodes } of await distinctRuns(plan)) {
    const program = programs.get(run.program);
    if (program === undefined) continue;
    const verdict = await runDry(run, program, options);
    if ("unknown" in verdict) {
      notChecked.push({ what: settingsOf([run.program]), why: verdict.unknown });
    } else if (verdict.refusal !== undefined) {
      problems.push(refusalProblem(described, run.program, nodes, verdict));
    }
  }
  return { problems, notChecked };
}

const settingsOf = (names: readonly DryProgram[]): string => `settings of ${names.join(", ")}`;

const notThere = "not downloaded yet; `./lab up` does this first";

interface SharedRun {
  readonly run: DryRun;
  /** The names of the nodes whose program would be started like this. */
  readonly nodes: readonly string[];
}

/** Nodes with the same settings share a run. Loads the components only if there is a program. */
async function distinctRuns(plan: ClusterPlan): Promise<SharedRun[]> {
  const { dryRunsOf } = await import("./dryRuns.ts");
  const alike = grouped(plan.nodes, ({ name, roles, runtime, kubelet, kubeProxy, flags }) => [
    roles,
    runtime.name,
    kubelet,
    kubeProxy,
    flags,
    plan.etcd.members.find((member) => member.name === name)?.flags,
  ]);
  const runs = alike.flatMap((nodes) => {
    const [first] = nodes;
    const names = nodes.map(({ name }) => name);
    return first === undefined ? [] : dryRunsOf(plan, first).map((run) => ({ run, names }));
  });
  return grouped(runs, ({ run }) => run).flatMap((same) => {
    const [first] = same;
    const nodes = same.flatMap(({ names }) => names);
    return first === undefined ? [] : [{ run: first.run, nodes }];
  });
}

/** The items with the same key together, in order. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => unknown): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

function refusalProblem(
  { lab, plan, raw }: Described,
  program: DryProgram,
  nodes: readonly string[],
  { refusal = "" }: Exclude<Verdict, { unknown: string }>,
): ConfigProblem {
  const node = lab.nodes.find(({ name }) => name === nodes[0]);
  const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : "";
  const { version } = plan.artifacts[program];
  return problemAt(
    placeOf(raw, program, node, refusal),
    `${program} ${version} would not start on ${nodes[0] ?? ""}${more}: ${shorten(refusal)}; change or remove the setting`,
  );
}

const shorten = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)}…` : text);

/** The setting that the refusal names, at the node if it is set there; else the whole section. */
function placeOf(
  raw: unknown,
  program: DryProgram,
  node: LabNode | undefined,
  refusal: string,
): Keys {
  const section = sections[program];
  const places: Keys[] = [
    ...(node === undefined ? [] : [[...node.keys.slice(0, 2), ...section]]),
    section,
  ];
  const chosen = (isMeant: (key: string, value: unknown) => boolean): Keys[] =>
    places.flatMap((place) =>
      Object.entries(mappingAt(raw, place))
        .filter(([key, value]) => isMeant(key, value))
        .sort(([a], [b]) => b.length - a.length)
        .map(([key]) => [...place, key]),
    );
  const words = letters(refusal);
  const named = chosen((key) => words.includes(letters(key).replace(/s$/, "")));
  const quoted = chosen((_, value) => wordsOf(value).some((word) => refusal.includes(word)));
  const given = places.find((place) => Object.keys(mappingAt(raw, place)).length > 0);
  return named[0] ?? quoted[0] ?? given ?? section;
}

/** Programs write a name in several ways: `feature-gates`, "feature gate", `featureGates`. */
const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Parts of a value that are long enough to mean it if a refusal has them. */
const wordsOf = (value: unknown): string[] =>
  (typeof value === "string" ? value : JSON.stringify(value))
    .split(/[\s,=;"{}[\]]+/)
    .filter((word) => word.length >= 4);

const sections: Readonly<Record<DryProgram, Keys>> = {
  kubelet: ["kubelet"],
  "kube-proxy": ["kubeProxy"],
  "kube-apiserver": ["flags", "kube-apiserver"],
  "kube-controller-manager": ["flags", "kube-controller-manager"],
  "kube-scheduler": ["flags", "kube-scheduler"],
  etcd: ["flags", "etcd"],
};

function mappingAt(raw: unknown, keys: Keys): Readonly<Record<string, unknown>> {
  const found = partAt(raw, keys);
  return isMapping(found) ? found : {};
}
