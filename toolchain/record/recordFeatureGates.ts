/**
 * Records the feature gates of the pinned Kubernetes: reads their Go sources and writes
 * `config/upstream/featureGates.json`. Run it after Kubernetes changed in `versions.ts` and
 * `toolchain/go/kubernetes`:
 *
 *     node toolchain/record/recordFeatureGates.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../base/paths.ts";
import { kubernetesModules } from "./goFields.ts";

/** The files that declare feature gates. */
const sources = [
  ["k8s.io/kubernetes", "pkg/features/kube_features.go"],
  ["k8s.io/apiserver", "pkg/features/kube_features.go"],
  ["k8s.io/apiextensions-apiserver", "pkg/features/kube_features.go"],
  ["k8s.io/client-go", "features/known_features.go"],
  ["k8s.io/component-base", "logs/api/v1/kube_features.go"],
  ["k8s.io/component-base", "metrics/features/kube_features.go"],
  ["k8s.io/component-base", "zpages/features/kube_features.go"],
  ["k8s.io/controller-manager", "pkg/features/kube_features.go"],
] as const;

interface Gate {
  readonly stage: string;
  readonly default: boolean;
  /** True if the program refuses any value but the default. */
  readonly locked?: true;
  /** The gates that must be enabled with it. */
  readonly needs?: readonly string[];
}

const modules = kubernetesModules(sources.map(([module]) => module));
const texts = sources.map((file) => modules.read(file));

/** A gate's name by its Go constant; a few differ. */
const names = new Map(
  texts.flatMap((text) =>
    [...text.matchAll(/^\t(\w+)(?: +[\w.]+)? += (?:[\w.]+\()?"(\w+)"\)?$/gm)].map(
      ([, constant = "", name = ""]) => [constant, name] as const,
    ),
  ),
);

/** @throws if the constant is in none of the files */
function nameOf(constant: string): string {
  const bare = constant.replace(/^.*\./, "");
  const name = names.get(bare);
  if (name === undefined) {
    throw new Error(`recordFeatureGates: ${constant} is in none of the sources`);
  }
  return name;
}

const dependencies = new Map(
  texts.flatMap((text) => {
    const [, body = ""] = /FeatureGateDependencies = [^\n]*\{\n([\s\S]*?)\n\}/.exec(text) ?? [];
    return [...body.matchAll(/^\t([\w.]+): \{(.+)\},/gm)].map(([, gate = "", needs = ""]) => [
      nameOf(gate),
      needs
        .replaceAll(/featuregate\.Feature\((\S+?)\)/g, "$1")
        .split(",")
        .map((need) => nameOf(need.trim())),
    ]);
  }) as [string, string[]][],
);

/** The last entry of a gate's history is that of its own release. */
function gateOf(constant: string, history: string): [string, Gate] {
  const name = nameOf(constant);
  const last = history.trim().split("\n").at(-1) ?? "";
  const [, stage] = /PreRelease: (?:\w+\.)?(\w+)/.exec(last) ?? [];
  const [, isOn] = /Default: (true|false)/.exec(last) ?? [];
  if (stage === undefined || isOn === undefined) {
    throw new Error(`recordFeatureGates: no stage or default in ${constant}: ${last}`);
  }
  const needs = dependencies.get(name);
  return [
    name,
    {
      stage,
      default: isOn === "true",
      ...(/LockToDefault: true/.test(last) ? { locked: true } : {}),
      ...(needs === undefined ? {} : { needs }),
    },
  ];
}

const gates = texts.flatMap((text) =>
  [...text.matchAll(/^\t+([\w.]+): \{\n((?:\t+(?:\{Version:|\/\/).*\n)+)\t+\},/gm)].map(
    ([, constant = "", history = ""]) =>
      gateOf(
        constant,
        history
          .split("\n")
          .filter((line) => line.includes("{Version:"))
          .join("\n"),
      ),
  ),
);

const special: [string, Gate][] = [
  ["AllAlpha", { stage: "Alpha", default: false }],
  ["AllBeta", { stage: "Beta", default: false }],
];
const record = {
  about:
    "Kubernetes' feature gates; written by toolchain/record/recordFeatureGates.ts, not by hand",
  kubernetesModules: modules.version,
  gates: Object.fromEntries(
    [...special, ...gates].sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)),
  ),
};
writeFileSync(
  join(projectDir, "config/upstream/featureGates.json"),
  `${JSON.stringify(record, undefined, 2)}\n`,
);
