import { quote, suggestion } from "../../base/wording.ts";
import { amount } from "../schema/settings.ts";
import { isEnabled } from "./featureGates.ts";
import {
  hardMemory,
  hardMemoryBytes,
  type KubeletMachine,
  mebibyte,
  mebibytes,
  reserved,
} from "./kubeletReservations.ts";
import {
  faultAt,
  gatesAt,
  listAt,
  mappingAt,
  type SettingFault,
  type Settings,
  textAt,
} from "./settingRules.ts";

/** The kubelet's managers of CPUs, memory and topology: pkg/kubelet/cm of Kubernetes v1.36.4. */
export function* kubeletManagerFaults(
  settings: Settings,
  machine: KubeletMachine,
): Generator<SettingFault> {
  yield* cpuManagerFaults(settings, machine);
  yield* memoryManagerFaults(settings, machine);
  yield* topologyManagerFaults(settings);
}

/** The numbers of a list like 0-2,5; undefined if it is not one (k8s.io/utils/cpuset). */
function cpuSet(text: string): readonly number[] | undefined {
  const parts = text.split(",").map((part) => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()));
  const sets = parts.map((part) => {
    const first = Number(part?.[1]);
    const last = Number(part?.[2] ?? first);
    return part === null || last < first
      ? undefined
      : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return sets.includes(undefined)
    ? undefined
    : [...new Set(sets.flatMap((numbers) => numbers ?? []))];
}

/** Each option with the feature gate that it needs (cm/cpumanager/policy_options.go). */
const cpuOptions: Readonly<Record<string, string | undefined>> = {
  "full-pcpus-only": undefined,
  "strict-cpu-reservation": undefined,
  "prefer-align-cpus-by-uncorecache": undefined,
  "distribute-cpus-across-numa": "CPUManagerPolicyBetaOptions",
  "align-by-socket": "CPUManagerPolicyAlphaOptions",
  "distribute-cpus-across-cores": "CPUManagerPolicyAlphaOptions",
};

const cpuOptionConflicts = [
  ["full-pcpus-only", "distribute-cpus-across-cores"],
  ["distribute-cpus-across-numa", "distribute-cpus-across-cores"],
  ["prefer-align-cpus-by-uncorecache", "distribute-cpus-across-cores"],
  ["prefer-align-cpus-by-uncorecache", "distribute-cpus-across-numa"],
] as const;

/** The texts of Go's strconv.ParseBool that mean true, and all that it accepts. */
const trueWords = ["1", "t", "T", "true", "True", "TRUE"];
const booleanWords = [...trueWords, "0", "f", "F", "false", "False", "FALSE"];

function* cpuManagerFaults(settings: Settings, { cpus }: KubeletMachine): Generator<SettingFault> {
  const { cpuManagerPolicy: policy } = settings;
  const list = textAt(settings, "reservedSystemCPUs");
  const set = list === "" ? [] : cpuSet(list);
  if (set === undefined) {
    yield faultAt(`expected numbers of CPUs like 0-1,4, got ${quote(list)}`, "reservedSystemCPUs");
  } else if (cpus !== undefined && set.some((cpu) => cpu >= cpus)) {
    yield faultAt(
      `${list} names CPU ${Math.max(...set)}, and the machine has CPUs 0 to ${cpus - 1}; name one of these`,
      "reservedSystemCPUs",
    );
  }
  for (const key of ["systemReservedCgroup", "kubeReservedCgroup"]) {
    if (list !== "" && (settings[key] ?? "") !== "") {
      yield faultAt(
        `reservedSystemCPUs ${list} cannot be combined with ${key}; remove one of them`,
        "reservedSystemCPUs",
        key,
      );
    }
  }
  yield* cpuOptionFaults(settings);
  if (policy !== "static") return;
  const count = set === undefined || set.length > 0 ? set?.length : reserved(settings, "cpu");
  if (count === 0) {
    yield faultAt(
      "static needs CPUs reserved for the system; set kubeReserved: {cpu: 200m}, systemReserved or reservedSystemCPUs",
      "cpuManagerPolicy",
    );
  }
}

function* cpuOptionFaults(settings: Settings): Generator<SettingFault> {
  const key = "cpuManagerPolicyOptions";
  const options = mappingAt(settings, key);
  const names = Object.keys(options);
  const { cpuManagerPolicy: policy } = settings;
  // The schema reports an invalid policy, which is undefined.
  if (names.length > 0 && typeof policy === "string" && policy !== "static") {
    yield faultAt(
      `needs cpuManagerPolicy: static, which is ${policy}; set that, or remove the options`,
      key,
    );
    return;
  }
  for (const name of names) {
    const gate = cpuOptions[name];
    if (!Object.hasOwn(cpuOptions, name)) {
      yield faultAt(
        `unknown option; expected one of ${Object.keys(cpuOptions).join(", ")}${suggestion(name, Object.keys(cpuOptions))}`,
        [key, name],
      );
    } else if (gate !== undefined && !isEnabled(gatesAt(settings), gate)) {
      yield faultAt(`needs the feature gate ${gate}; enable it, or remove this`, [key, name]);
    } else if (!booleanWords.includes(String(options[name]))) {
      yield faultAt(`expected "true" or "false", got ${quote(options[name])}`, [key, name]);
    }
  }
  const isOn = (name: string) => trueWords.includes(String(options[name]));
  for (const [one, other] of cpuOptionConflicts) {
    if (isOn(one) && isOn(other)) {
      yield faultAt(`cannot be combined with ${other}; remove one of them`, [key, one]);
    }
  }
  if (isOn("align-by-socket") && settings.topologyManagerPolicy === "single-numa-node") {
    yield faultAt(
      "cannot be combined with topologyManagerPolicy: single-numa-node; remove one of them",
      [key, "align-by-socket"],
    );
  }
}

/** cm/memorymanager/memory_manager.go, config/validation/validation_reserved_memory.go. */
function* memoryManagerFaults(
  settings: Settings,
  { memoryMiB }: KubeletMachine,
): Generator<SettingFault> {
  const list = listAt(settings, "reservedMemory") as Settings[];
  const sums = new Map<string, number>();
  const seen = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const { numaNode = 0 } = entry;
    // A guest has one NUMA node.
    if (memoryMiB !== undefined && settings.memoryManagerPolicy === "Static" && numaNode !== 0) {
      yield faultAt(`the machine has no NUMA node ${String(numaNode)}; write 0`, [
        "reservedMemory",
        index,
        "numaNode",
      ]);
    }
    for (const [kind, value] of Object.entries(mappingAt(entry, "limits"))) {
      const place = ["reservedMemory", index, "limits", kind];
      if (kind !== "memory" && !/^hugepages-./.test(kind)) {
        yield faultAt("expected memory or hugepages-SIZE like hugepages-2Mi", place);
      } else if (amount(value) === 0) {
        yield faultAt("expected more than 0; remove it if nothing is reserved", place);
      } else if (seen.has(`${String(numaNode)} ${kind}`)) {
        yield faultAt(
          `${kind} of NUMA node ${String(numaNode)} is listed twice; add them up`,
          place,
        );
      }
      seen.add(`${String(numaNode)} ${kind}`);
      sums.set(kind, (sums.get(kind) ?? 0) + amount(value));
    }
  }
  if (settings.memoryManagerPolicy !== "Static") return;
  const expected = reserved(settings, "memory") + hardMemoryBytes(settings, 0);
  const found = sums.get("memory") ?? 0;
  // A percentage is of the memory that the kernel leaves, which only the machine knows.
  if (!hardMemory(settings).endsWith("%") && found !== expected) {
    yield faultAt(
      `Static needs reservedMemory of ${mebibytes(expected)}, which is kubeReserved, systemReserved and evictionHard together, and has ${mebibytes(found)}; set reservedMemory: [{numaNode: 0, limits: {memory: ${Math.ceil(expected / mebibyte)}Mi}}]`,
      "memoryManagerPolicy",
      "reservedMemory",
    );
  }
  for (const kind of sums.keys()) {
    if (kind !== "memory") {
      yield faultAt(
        `Static refuses ${kind}, because nothing else reserves huge pages; remove it`,
        "reservedMemory",
      );
    }
  }
}

/** cm/topologymanager/policy_options.go. */
function* topologyManagerFaults(settings: Settings): Generator<SettingFault> {
  const key = "topologyManagerPolicyOptions";
  const known = ["prefer-closest-numa-nodes", "max-allowable-numa-nodes"];
  for (const [name, value] of Object.entries(mappingAt(settings, key))) {
    if (!known.includes(name)) {
      yield faultAt(
        `unknown option; expected one of ${known.join(", ")}${suggestion(name, known)}`,
        [key, name],
      );
    } else if (name === "max-allowable-numa-nodes") {
      if (!/^\d+$/.test(String(value)) || Number(value) < 8) {
        yield faultAt(`expected a whole number, 8 or more, got ${quote(value)}`, [key, name]);
      }
    } else if (!booleanWords.includes(String(value))) {
      yield faultAt(`expected "true" or "false", got ${quote(value)}`, [key, name]);
    }
  }
}
