import { suggestion } from "../../base/wording.ts";
import { amount, duration, seconds } from "../schema/settings.ts";
import {
  faultAt,
  listAt,
  mappingAt,
  type SettingFault,
  type Settings,
  textAt,
} from "./settingRules.ts";

/** Eviction thresholds and sysctls, which the kubelet parses when it starts. */

/** pkg/kubelet/eviction/helpers.go of Kubernetes v1.36.4. */
const signals = [
  "memory.available",
  "allocatableMemory.available",
  "nodefs.available",
  "nodefs.inodesFree",
  "imagefs.available",
  "imagefs.inodesFree",
  "containerfs.available",
  "containerfs.inodesFree",
  "pid.available",
] as const;

const thresholds = ["evictionHard", "evictionSoft"] as const;

export function* kubeletResourceFaults(settings: Settings): Generator<SettingFault> {
  for (const key of [...thresholds, "evictionSoftGracePeriod", "evictionMinimumReclaim"]) {
    const values = mappingAt(settings, key);
    // The schema reports what is no text.
    for (const signal of Object.keys(values).filter((name) => values[name] !== undefined)) {
      const fault = signals.some((known) => known === signal)
        ? valueFault(key, textAt(values, signal))
        : `unknown eviction signal; expected one of ${signals.join(", ")}${suggestion(signal, signals)}`;
      if (fault !== undefined) yield faultAt(fault, [key, signal]);
    }
  }
  const grace = mappingAt(settings, "evictionSoftGracePeriod");
  for (const [signal, value] of Object.entries(mappingAt(settings, "evictionSoft"))) {
    // 0% and 100% switch a threshold off.
    if (grace[signal] === undefined && value !== "0%" && value !== "100%") {
      yield faultAt(
        `${String(value)} needs a grace period; set evictionSoftGracePeriod: {${signal}: 90s}, or use evictionHard`,
        ["evictionSoft", signal],
      );
    }
  }
  yield* sysctlFaults(settings);
}

function valueFault(key: string, text: string): string | undefined {
  const got = JSON.stringify(text);
  if (key === "evictionSoftGracePeriod") {
    return duration.test(text) && seconds(text) >= 0
      ? undefined
      : `expected a duration like 90s, got ${got}`;
  }
  const isReclaim = key === "evictionMinimumReclaim";
  const expected = `expected an amount like 100Mi or 10%, ${isReclaim ? "0 or more" : "above 0"}, got ${got}`;
  if (text.endsWith("%")) {
    const percent = /^-?\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
    const isFine = isReclaim ? percent > 0 : percent >= 0 && percent <= 100;
    return isFine ? undefined : expected;
  }
  const number = amount(text);
  return (isReclaim ? number >= 0 : number > 0) ? undefined : expected;
}

/** k8s.io/component-helpers, node/util/sysctl/namespace.go. */
const namespaced = [
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
  "kernel.shm",
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.msg",
];

/** IsValidSysctlPattern in pkg/apis/policy/validation/validation.go. */
const sysctlPattern = /^([a-z0-9][-_a-z0-9]*[./])*([a-z0-9][-_a-z0-9]*|([a-z0-9][-_a-z0-9]*)?\*)$/;

function* sysctlFaults(settings: Settings): Generator<SettingFault> {
  for (const [index, value] of listAt(settings, "allowedUnsafeSysctls").entries()) {
    const [prefix = ""] = String(value).replaceAll("/", ".").split("*");
    const isOfPod =
      namespaced.includes(prefix) || prefix.startsWith("net.") || prefix.startsWith("fs.mqueue.");
    if (!sysctlPattern.test(String(value)) || !isOfPod) {
      yield faultAt(
        `the sysctl ${String(value)} is the machine's, not a pod's; only those of net, fs.mqueue and the kernel's shm, msg and sem can be allowed`,
        ["allowedUnsafeSysctls", index],
      );
    }
  }
}
