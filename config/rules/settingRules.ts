import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import { type GateSettings, gateFaults } from "./featureGates.ts";

/** Settings of a component's config file; an invalid one is undefined and breaks no rule. */
export type Settings = Readonly<Record<string, unknown>>;

/** A broken rule between settings of one component on one node. */
export interface SettingFault {
  /** Paths of the settings that break the rule; the fault is at the first one that is set. */
  readonly at: readonly Keys[];
  readonly message: string;
}

export const faultAt = (message: string, ...at: readonly (string | Keys)[]): SettingFault => ({
  at: at.map((keys) => (typeof keys === "string" ? [keys] : keys)),
  message,
});

/** A text or number among settings as text; the fallback for anything else. */
export const textAt = (settings: Settings, key: string, fallback = ""): string => {
  const value = settings[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : fallback;
};

/** A mapping among settings; anything else is an empty one. */
export const mappingAt = (settings: Settings, key: string): Settings => {
  const value = settings[key];
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Settings)
    : {};
};

/** A list among settings; anything else is an empty one. */
export const listAt = (settings: Settings, key: string): readonly unknown[] => {
  const value = settings[key];
  return Array.isArray(value) ? value : [];
};

/** Gates that are true or false; the schema reports the others. */
export const gatesAt = (settings: Settings): GateSettings =>
  Object.fromEntries(
    Object.entries(mappingAt(settings, "featureGates")).filter(
      (entry): entry is [string, boolean] => typeof entry[1] === "boolean",
    ),
  );

/** Faults of `featureGates`, each at its gate. */
export function* gatesFaults(settings: Settings): Generator<SettingFault> {
  for (const { gate, message } of gateFaults(gatesAt(settings))) {
    yield faultAt(message, ["featureGates", gate]);
  }
}

/** The settings of one component as its user gave them, at two places. */
export interface GivenSettings {
  /** `["kubelet"]`. */
  readonly clusterPlace: Keys;
  readonly cluster: Settings;
  /** `["nodes", name, "kubelet"]`. */
  readonly ownPlace: Keys;
  /** They override the cluster's, key by key. */
  readonly own: Settings;
}

/** Places a node's faults where the user gave the setting: at the node, else at the cluster. */
export function placeFaults(
  { clusterPlace, cluster, ownPlace, own }: GivenSettings,
  faults: Iterable<SettingFault>,
): ConfigProblem[] {
  return [...faults].map(({ at, message }) => {
    const isIn =
      (settings: Settings) =>
      ([key = ""]: Keys): boolean =>
        settings[key] !== undefined;
    const here = at.find(isIn(own));
    const there = at.find((keys) => isIn(cluster)(keys) && !isIn(own)(keys));
    if (here === undefined && there !== undefined) {
      return problemAt([...clusterPlace, ...there], message);
    }
    return problemAt([...ownPlace, ...(here ?? [])], message);
  });
}

/** Without repetitions: a cluster's setting is at fault once, not once a node. */
export function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const text = `${path}: ${message}`;
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
