import { z } from "zod";
import record from "../upstream/kubeletConfiguration.json" with { type: "json" };
import { duration, seconds } from "./settings.ts";
import { cipherSuites, curves } from "./tls.ts";
import { address, choice, expected, text } from "./values.ts";

export const atLeast = (least: number, most = 2_147_483_647) => {
  const kind = expected(`a whole number, ${least} or more`);
  return z.int(kind).min(least, kind).max(most, kind);
};

export const between = (least: number, most: number) => {
  const kind = expected(`a whole number from ${least} to ${most}`);
  return z.int(kind).min(least, kind).max(most, kind);
};

/** A Go duration of at least so many seconds; `what` names the least one. */
export const lasting = (least: number, what: string, most = Number.POSITIVE_INFINITY) => {
  const kind = expected(`a duration like 30s or 1h30m, ${what}`);
  return z
    .string(kind)
    .regex(duration, { ...kind, abort: true })
    .refine((value) => seconds(value) >= least && seconds(value) <= most, kind);
};

const notNegative = lasting(0, "0s or more");

/** Settings of the logging that kubelet and kube-proxy share: component-base's logs/api/v1. */
export const loggingLimits: Readonly<Record<string, z.ZodType>> = {
  "logging.format": choice(["text", "json"]),
  "logging.flushFrequency": notNegative,
  "logging.verbosity": atLeast(0),
};

/** Only the previous minor version: metrics/api/v1/config.go of component-base. */
export function hiddenMetricsVersion(module: string) {
  const minor = Number(/^v0\.(\d+)/.exec(module)?.[1] ?? Number.NaN) - 1;
  return text(`the previous minor version, "1.${minor}"`, new RegExp(`^(1\\.${minor})?$`));
}

const wholeSecondsOrNone = (() => {
  const kind = expected("0s, or a duration of 1s or more like 30s");
  return z
    .string(kind)
    .regex(duration, { ...kind, abort: true })
    .refine((value) => seconds(value) === 0 || seconds(value) >= 1, kind);
})();

const idRange = expected("a multiple of 65536, at most 4294901760");

const fraction = expected("a number above 0, at most 1");

/**
 * Bounds and choices from pkg/kubelet/apis/config/validation/validation.go of Kubernetes v1.36, by
 * name; a dot separates a mapping from its key. Some are narrower than the kubelet's own: a node's
 * /24 has addresses for 253 pods (256 less the network's, the bridge's and the broadcast address),
 * and no component of this cluster uses TLS below 1.2.
 */
export const kubeletLimits: Readonly<Record<string, z.ZodType>> = {
  ...loggingLimits,
  address,
  containerLogMaxFiles: atLeast(2),
  containerLogMaxWorkers: atLeast(1),
  containerLogMonitorInterval: lasting(3, "3s or more"),
  cpuCFSQuotaPeriod: lasting(0.001, "from 1ms to 1s", 1),
  "crashLoopBackOff.maxContainerRestartPeriod": lasting(1, "from 1s to 5m", 300),
  eventBurst: atLeast(0),
  eventRecordQPS: atLeast(0),
  imageGCHighThresholdPercent: between(0, 100),
  imageGCLowThresholdPercent: between(0, 100),
  // The kubelet accepts these below zero, and then polls without a pause.
  cpuManagerReconcilePeriod: notNegative,
  evictionPressureTransitionPeriod: notNegative,
  fileCheckFrequency: notNegative,
  httpCheckFrequency: notNegative,
  nodeStatusReportFrequency: notNegative,
  nodeStatusUpdateFrequency: notNegative,
  runtimeRequestTimeout: notNegative,
  streamingConnectionIdleTimeout: notNegative,
  syncFrequency: notNegative,
  imageMaximumGCAge: notNegative,
  imageMinimumGCAge: notNegative,
  iptablesDropBit: between(0, 31),
  iptablesMasqueradeBit: between(0, 31),
  kubeAPIBurst: atLeast(0),
  kubeAPIQPS: atLeast(0),
  maxOpenFiles: atLeast(0, Number.MAX_SAFE_INTEGER),
  maxParallelImagePulls: atLeast(1),
  maxPods: between(1, 253),
  memoryThrottlingFactor: z.number(fraction).gt(0, fraction).lte(1, fraction),
  nodeLeaseDurationSeconds: atLeast(1),
  nodeStatusMaxImages: atLeast(-1),
  oomScoreAdj: between(-1000, 1000),
  podPidsLimit: atLeast(-1, Number.MAX_SAFE_INTEGER),
  podsPerCore: atLeast(0),
  port: between(1, 65_535),
  registryBurst: atLeast(0),
  registryPullQPS: atLeast(0),
  shutdownGracePeriod: wholeSecondsOrNone,
  shutdownGracePeriodCriticalPods: wholeSecondsOrNone,
  "tracing.samplingRatePerMillion": between(0, 1_000_000),
  "userNamespaces.idsPerPod": z
    .int(idRange)
    .min(65_536, idRange)
    .max(4_294_967_295, idRange)
    .multipleOf(65_536, idRange),
  configMapAndSecretChangeDetectionStrategy: choice(["Get", "Cache", "Watch"]),
  cpuManagerPolicy: choice(["none", "static"]),
  hairpinMode: choice(["hairpin-veth", "promiscuous-bridge", "none"]),
  imagePullCredentialsVerificationPolicy: choice([
    "NeverVerify",
    "NeverVerifyPreloadedImages",
    "NeverVerifyAllowlistedImages",
    "AlwaysVerify",
  ]),
  enforceNodeAllocatable: z.array(
    choice([
      "pods",
      "system-reserved",
      "system-reserved-compressible",
      "kube-reserved",
      "kube-reserved-compressible",
      "none",
    ]),
    expected("a list like [pods, kube-reserved]"),
  ),
  memoryManagerPolicy: choice(["None", "Static"]),
  memoryReservationPolicy: choice(["None", "TieredReservation"]),
  "memorySwap.swapBehavior": choice(["NoSwap", "LimitedSwap"]),
  showHiddenMetricsForVersion: hiddenMetricsVersion(record.kubeletModule),
  tlsCipherSuites: z.array(choice(cipherSuites), expected("a list of cipher suites of Go")),
  tlsCurvePreferences: z.array(
    z.literal([...curves], expected(`one of ${curves.join(", ")}`)),
    expected("a list of numbers of Go's curves like [29]"),
  ),
  tlsMinVersion: choice(["VersionTLS12", "VersionTLS13"]),
  topologyManagerPolicy: choice(["none", "best-effort", "restricted", "single-numa-node"]),
  topologyManagerScope: choice(["container", "pod"]),
};
