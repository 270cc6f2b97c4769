import { posix } from "node:path";
import { amount, seconds } from "../schema/settings.ts";
import { cipherSuites } from "../schema/tls.ts";
import { isEnabled } from "./featureGates.ts";
import {
  faultAt,
  gatesAt,
  listAt,
  mappingAt,
  type SettingFault,
  type Settings,
  textAt,
} from "./settingRules.ts";

/**
 * Rules between settings of one kubelet: ValidateKubeletConfiguration in
 * pkg/kubelet/apis/config/validation/validation.go of Kubernetes v1.36.4. The schema has the bounds
 * of single settings.
 */
export function* kubeletSettingFaults(settings: Settings): Generator<SettingFault> {
  yield* imageFaults(settings);
  yield* shutdownFaults(settings);
  yield* enforcementFaults(settings);
  yield* gatedFaults(settings);
  yield* pathFaults(settings);
  yield* tlsFaults(settings);
}

/** Collection of unused images, and pulls. */
function* imageFaults(settings: Settings): Generator<SettingFault> {
  const { imageGCLowThresholdPercent: low, imageGCHighThresholdPercent: high } = settings;
  if (Number(low) >= Number(high)) {
    yield faultAt(
      `imageGCLowThresholdPercent ${Number(low)} must be less than imageGCHighThresholdPercent ${Number(high)}; lower it, or raise the other`,
      "imageGCLowThresholdPercent",
      "imageGCHighThresholdPercent",
    );
  }
  const { imageMaximumGCAge: most, imageMinimumGCAge: least } = settings;
  if (seconds(most) > 0 && seconds(most) <= (seconds(least) || 120)) {
    yield faultAt(
      `imageMaximumGCAge ${String(most)} must be more than imageMinimumGCAge ${String(least)}; raise it, or lower the other`,
      "imageMaximumGCAge",
      "imageMinimumGCAge",
    );
  }
  const { maxParallelImagePulls: pulls, serializeImagePulls: serial } = settings;
  if (Number(pulls) > 1 && serial === true) {
    yield faultAt(
      `maxParallelImagePulls ${Number(pulls)} needs serializeImagePulls: false`,
      "maxParallelImagePulls",
      "serializeImagePulls",
    );
  }
  const images = listAt(settings, "preloadedImagesVerificationAllowlist");
  const { imagePullCredentialsVerificationPolicy: policy } = settings;
  // The schema reports an invalid policy, which is undefined.
  if (
    images.length > 0 &&
    typeof policy === "string" &&
    policy !== "NeverVerifyAllowlistedImages"
  ) {
    yield faultAt(
      `the list needs imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages, which is ${policy}; set that, or remove the list`,
      "preloadedImagesVerificationAllowlist",
      "imagePullCredentialsVerificationPolicy",
    );
  }
  for (const [index, image] of images.entries()) {
    if (!/^[^\s*/@][^\s*@]*(\/\*)?$/.test(String(image)) || /:[^/]*$/.test(String(image))) {
      yield faultAt(
        `expected an image without tag or digest, or a registry's images like registry.k8s.io/*, got ${JSON.stringify(image)}`,
        ["preloadedImagesVerificationAllowlist", index],
      );
    }
  }
}

/** How long pods may take when the machine shuts down. */
function* shutdownFaults(settings: Settings): Generator<SettingFault> {
  const gates = gatesAt(settings);
  const {
    shutdownGracePeriod: whole,
    shutdownGracePeriodCriticalPods: critical,
    shutdownGracePeriodByPodPriority: byPriority,
  } = settings;
  const isGraceful = isEnabled(gates, "GracefulNodeShutdown");
  const hasPeriod = seconds(whole) > 0 || seconds(critical) > 0;
  if (isGraceful && seconds(critical) > seconds(whole)) {
    yield faultAt(
      `shutdownGracePeriodCriticalPods ${String(critical)} is part of shutdownGracePeriod ${String(whole)} and cannot be longer; lower it, or raise the other`,
      "shutdownGracePeriodCriticalPods",
      "shutdownGracePeriod",
    );
  }
  if (!isGraceful && hasPeriod) {
    yield faultAt(
      `without GracefulNodeShutdown there is no grace period, and shutdownGracePeriod is ${String(whole)}; set it and shutdownGracePeriodCriticalPods to 0s, or enable the feature gate`,
      "featureGates",
    );
  }
  if (!Array.isArray(byPriority) || byPriority.length === 0) return;
  if (!isEnabled(gates, "GracefulNodeShutdownBasedOnPodPriority")) {
    yield faultAt(
      "needs the feature gate GracefulNodeShutdownBasedOnPodPriority; enable it, or remove the list",
      "shutdownGracePeriodByPodPriority",
    );
  } else if (hasPeriod) {
    yield faultAt(
      `shutdownGracePeriodByPodPriority replaces shutdownGracePeriod ${String(whole)}; set that and shutdownGracePeriodCriticalPods to 0s`,
      "shutdownGracePeriodByPodPriority",
      "shutdownGracePeriod",
    );
  }
}

/** The cgroups that limit system daemons, the kubelet and all pods together. */
function* enforcementFaults(settings: Settings): Generator<SettingFault> {
  const enforced = listAt(settings, "enforceNodeAllocatable").map(String);
  const place = (index: number) => ["enforceNodeAllocatable", index];
  for (const [index, name] of enforced.entries()) {
    if (enforced.indexOf(name) !== index) {
      yield faultAt(`${name} is listed twice; remove one`, place(index));
      continue;
    }
    if (name === "none") {
      if (enforced.length > 1) {
        yield faultAt("none excludes all others; remove it, or the others", place(index));
      }
      continue;
    }
    const [, part] = /^(system|kube)-reserved/.exec(name) ?? [];
    const cgroup = `${part ?? ""}ReservedCgroup`;
    if (part !== undefined && (settings[cgroup] ?? "") === "") {
      yield faultAt(
        `${name} needs ${cgroup}, the cgroup that it limits; set it, or remove ${name}`,
        place(index),
      );
    }
    if (name.endsWith("-compressible") && enforced.includes(`${part}-reserved`)) {
      yield faultAt(`${name} is part of ${part}-reserved; remove one of them`, place(index));
    }
    if (settings.cgroupsPerQOS === false) {
      yield faultAt(
        `cgroupsPerQOS is false, so there are no cgroups to enforce ${name} with; set enforceNodeAllocatable: [none], or remove cgroupsPerQOS`,
        "cgroupsPerQOS",
        place(index),
      );
    }
  }
  if ((settings.systemCgroups ?? "") !== "" && (settings.cgroupRoot ?? "") === "") {
    yield faultAt(
      `systemCgroups ${String(settings.systemCgroups)} needs cgroupRoot; set it to /, or remove systemCgroups`,
      "systemCgroups",
    );
  }
}

/** Settings that need a feature gate. */
function* gatedFaults(settings: Settings): Generator<SettingFault> {
  const gates = gatesAt(settings);
  const needs = (gate: string, isUsed: boolean, ...path: string[]) =>
    isUsed && !isEnabled(gates, gate)
      ? [faultAt(`needs the feature gate ${gate}; enable it, or remove this`, path)]
      : [];
  const { cpuCFSQuotaPeriod: quota, crashLoopBackOff } = settings;
  yield* needs(
    "CustomCPUCFSQuotaPeriod",
    quota !== undefined && seconds(quota) !== 0.1,
    "cpuCFSQuotaPeriod",
  );
  yield* needs(
    "KubeletCrashLoopBackOffMax",
    mappingAt({ crashLoopBackOff }, "crashLoopBackOff").maxContainerRestartPeriod !== undefined,
    "crashLoopBackOff",
    "maxContainerRestartPeriod",
  );
  yield* needs(
    "MemoryQoS",
    settings.memoryReservationPolicy === "TieredReservation",
    "memoryReservationPolicy",
  );
  if (settings.enableSystemLogQuery === true && settings.enableSystemLogHandler === false) {
    yield faultAt(
      "enableSystemLogQuery needs enableSystemLogHandler; remove one of them",
      "enableSystemLogQuery",
      "enableSystemLogHandler",
    );
  }
  const hasPullPolicy =
    listAt(settings, "preloadedImagesVerificationAllowlist").length > 0 ||
    settings.imagePullCredentialsVerificationPolicy !== "NeverVerifyPreloadedImages";
  yield* needs(
    "KubeletEnsureSecretPulledImages",
    hasPullPolicy,
    "imagePullCredentialsVerificationPolicy",
  );
}

function* pathFaults({ podLogsDir, containerLogMaxSize, tracing }: Settings) {
  const path = typeof podLogsDir === "string" ? podLogsDir : "";
  const clean = posix.normalize(path).replace(/(?<=.)\/$/, "");
  if (path !== "" && (!path.startsWith("/") || clean !== path || /[^ -~]/.test(path))) {
    yield faultAt(
      `expected an absolute path without .. and double slashes, in ASCII, got ${JSON.stringify(path)}; the default is /var/log/pods`,
      "podLogsDir",
    );
  }
  if (containerLogMaxSize !== undefined && !Number.isInteger(amount(containerLogMaxSize))) {
    yield faultAt(
      `expected an amount of bytes like 10Mi, got ${JSON.stringify(containerLogMaxSize)}`,
      "containerLogMaxSize",
    );
  }
  const endpoint = textAt(mappingAt({ tracing }, "tracing"), "endpoint");
  const [, scheme = "dns"] = /^([^/]*):\/\//.exec(endpoint) ?? [];
  if (!["dns", "unix", "unix-abstract"].includes(scheme)) {
    yield faultAt(
      `${endpoint} has the scheme ${scheme}; write host:port, or a URL with dns, unix or unix-abstract`,
      ["tracing", "endpoint"],
    );
  }
}

/**
 * HTTP/2 requires one of two cipher suites below TLS 1.3; a Go server without them does not start
 * (ConfigureServer in golang.org/x/net/http2).
 */
const http2Suites = [
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
];

/** Why a Go server with these cipher suites does not start; undefined if it does. */
export function suitesFault(suites: readonly string[], minVersion: unknown): string | undefined {
  // Another rule reports an unknown suite.
  const areKnown = suites.every((suite) => cipherSuites.some((known) => known === suite));
  return suites.length === 0 ||
    !areKnown ||
    minVersion === "VersionTLS13" ||
    suites.some((suite) => http2Suites.includes(suite))
    ? undefined
    : `HTTP/2 requires one of ${http2Suites.join(", ")}; add one`;
}

function* tlsFaults(settings: Settings): Generator<SettingFault> {
  const fault = suitesFault(
    listAt(settings, "tlsCipherSuites").map(String),
    settings.tlsMinVersion,
  );
  if (fault !== undefined) yield faultAt(fault, "tlsCipherSuites");
  const curves = listAt(settings, "tlsCurvePreferences");
  for (const [index, curve] of curves.entries()) {
    if (curves.indexOf(curve) !== index) {
      yield faultAt(`${String(curve)} is listed twice; remove one`, ["tlsCurvePreferences", index]);
    }
  }
}
