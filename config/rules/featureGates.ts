import { suggestion } from "../../base/wording.ts";
import { versions } from "../../model/versions.ts";
import record from "../upstream/featureGates.json" with { type: "json" };

/** Feature gates of the pinned Kubernetes, as recorded by `recordFeatureGates.ts`. */

interface Gate {
  readonly stage: string;
  readonly default: boolean;
  readonly locked?: boolean;
  readonly needs?: readonly string[];
}

const gates: Readonly<Record<string, Gate>> = record.gates;

/** The names of all feature gates, AllAlpha and AllBeta included. */
export const featureGates: readonly string[] = Object.keys(gates);

const gateOf = (name: string): Gate | undefined =>
  Object.hasOwn(gates, name) ? gates[name] : undefined;

/** Feature gates as a config sets them; an invalid value is undefined. */
export type GateSettings = Readonly<Record<string, boolean | undefined>>;

const stageGates: Readonly<Record<string, string>> = { Alpha: "AllAlpha", Beta: "AllBeta" };

/** The settings that decide over this gate: its own, or that of all gates of its stage. */
function deciderOf(settings: GateSettings, name: string): string | undefined {
  const all = stageGates[gateOf(name)?.stage ?? ""];
  return [name, ...(all === undefined || all === name ? [] : [all])].find(
    (key) => Object.hasOwn(settings, key) && settings[key] !== undefined,
  );
}

/** Whether a component that starts with these settings has this feature. */
export function isEnabled(settings: GateSettings, name: string): boolean {
  const gate = gateOf(name);
  const decider = gate?.locked === true ? undefined : deciderOf(settings, name);
  return (decider === undefined ? gate?.default : settings[decider]) ?? false;
}

/**
 * Why a component of the pinned Kubernetes would not start with these feature gates: it does not
 * know one, one is locked, or one needs another (unsafeSetFromMap in featuregate/feature_gate.go of
 * k8s.io/component-base v0.36.4).
 */
export function* gateFaults(settings: GateSettings): Generator<{ gate: string; message: string }> {
  for (const [name, value] of Object.entries(settings)) {
    const gate = gateOf(name);
    if (gate === undefined) {
      yield {
        gate: name,
        message: `unknown feature gate: Kubernetes ${versions.kubernetes} does not have it${suggestion(name, featureGates)}`,
      };
    } else if (gate.locked === true && value !== undefined && value !== gate.default) {
      yield {
        gate: name,
        message: `${value} is refused: Kubernetes ${versions.kubernetes} has locked this feature gate to ${gate.default}; remove it`,
      };
    }
  }
  yield* dependencyFaults(settings);
}

const dependents = Object.entries(gates).flatMap(([name, { needs = [] }]) =>
  needs.map((need) => ({ name, need })),
);

/** Gates that are enabled and need one that is not. Each fault is at the gate that the user set. */
function* dependencyFaults(settings: GateSettings): Generator<{ gate: string; message: string }> {
  const broken = new Map<string, string[]>();
  for (const { name, need } of Object.keys(settings).length === 0 ? [] : dependents) {
    if (isEnabled(settings, name) && !isEnabled(settings, need)) {
      broken.set(need, [...(broken.get(need) ?? []), name]);
    }
  }
  for (const [need, names] of broken) {
    const disabledBy = deciderOf(settings, need);
    const list = names.join(", ");
    if (disabledBy !== undefined && settings[disabledBy] === false) {
      const through = disabledBy === need ? "" : ` disables ${need}, and`;
      yield {
        gate: disabledBy,
        message: `false is refused:${through} ${list} ${names.length === 1 ? "is" : "are"} enabled and ${names.length === 1 ? "needs" : "need"} it; remove it, or set ${list} to false too`,
      };
    } else {
      for (const name of names) {
        const gate = deciderOf(settings, name) ?? name;
        const through = gate === name ? "" : ` enables ${name}, which`;
        yield {
          gate,
          message: `true is refused:${through} needs ${need}, which is disabled by default; set ${need} to true too`,
        };
      }
    }
  }
}
