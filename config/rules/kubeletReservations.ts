import { quote, suggestion } from "../../base/wording.ts";
import { amount } from "../schema/settings.ts";
import { faultAt, mappingAt, type SettingFault, type Settings, textAt } from "./settingRules.ts";

/** The machine that a kubelet runs on; unknown for an existing machine. */
export interface KubeletMachine {
  readonly cpus: number | undefined;
  readonly memoryMiB: number | undefined;
}

/**
 * What a kubelet reserves of its machine: parseResourceList in cmd/kubelet/app/server.go, and
 * pkg/kubelet/cm of Kubernetes v1.36.4.
 */
export function* kubeletReservationFaults(
  settings: Settings,
  machine: KubeletMachine,
): Generator<SettingFault> {
  yield* amountFaults(settings);
  yield* capacityFaults(settings, machine);
}

const reservable = ["cpu", "memory", "ephemeral-storage", "pid"] as const;

function* amountFaults(settings: Settings): Generator<SettingFault> {
  for (const key of ["kubeReserved", "systemReserved"]) {
    for (const [resource, value] of Object.entries(mappingAt(settings, key))) {
      if (!reservable.some((known) => known === resource)) {
        yield faultAt(
          `unknown resource; expected one of ${reservable.join(", ")}${suggestion(resource, reservable)}`,
          [key, resource],
        );
      } else if (value !== undefined && !(amount(value) >= 0)) {
        yield faultAt(`expected an amount like 500m or 256Mi, got ${quote(value)}`, [
          key,
          resource,
        ]);
      }
    }
  }
  for (const [resource, value] of Object.entries(mappingAt(settings, "qosReserved"))) {
    const percent = /^(\d+)%$/.exec(String(value))?.[1];
    if (resource !== "memory" || percent === undefined || Number(percent) > 100) {
      yield faultAt(
        `expected memory with a percentage like memory: 50%, got ${resource}: ${String(value)}`,
        ["qosReserved", resource],
      );
    }
  }
}

/** The sum that the kubelet and the system reserve; an invalid amount counts as none. */
export const reserved = (settings: Settings, resource: string): number =>
  ["kubeReserved", "systemReserved"]
    .map((key) => amount(mappingAt(settings, key)[resource] ?? 0))
    .reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);

/** `pkg/kubelet/eviction/defaults_linux.go`. */
const defaultHardMemory = "100Mi";

/** The hard threshold of free memory as text; an empty text if there is none. */
export function hardMemory(settings: Settings): string {
  const own = settings.evictionHard;
  const isDefault = own === undefined || settings.mergeDefaultEvictionSettings === true;
  return textAt(
    mappingAt(settings, "evictionHard"),
    "memory.available",
    isDefault ? defaultHardMemory : "",
  );
}

/** In bytes, on a machine with this memory. */
export function hardMemoryBytes(settings: Settings, capacity: number): number {
  const text = hardMemory(settings);
  const percent = /^([\d.]+)%$/.exec(text)?.[1];
  // 100% switches the threshold off.
  const bytes = percent === undefined ? amount(text) : (Number(percent) % 100) * (capacity / 100);
  return Number.isNaN(bytes) ? 0 : bytes;
}

export const mebibyte = 2 ** 20;

export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / mebibyte)} MiB`;

/** The kubelet does not start if it reserves more than the machine has. */
function* capacityFaults(
  settings: Settings,
  { cpus, memoryMiB }: KubeletMachine,
): Generator<SettingFault> {
  const places = (resource: string) =>
    ["systemReserved", "kubeReserved"].filter(
      (key) => mappingAt(settings, key)[resource] !== undefined,
    );
  if (memoryMiB !== undefined) {
    const capacity = memoryMiB * mebibyte;
    const total = reserved(settings, "memory") + hardMemoryBytes(settings, capacity);
    if (total >= capacity) {
      yield faultAt(
        `kubeReserved, systemReserved and evictionHard leave nothing: they are ${mebibytes(total)} of memory, and the machine has ${memoryMiB} MiB; lower them, or raise memoryMiB`,
        ...places("memory"),
        "evictionHard",
      );
    }
  }
  if (cpus !== undefined && reserved(settings, "cpu") > cpus) {
    yield faultAt(
      `kubeReserved and systemReserved are ${reserved(settings, "cpu")} CPUs, and the machine has ${cpus}; lower them, or raise cpus`,
      ...places("cpu"),
    );
  }
}
