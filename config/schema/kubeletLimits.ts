import { z } from "zod";
import { choice, expected } from "./values.ts";

/**
 * KubeletConfiguration settings that hardway manages. Other values would disconnect the node from
 * its cluster or open it; settings of the standalone mode have no use in a cluster.
 */
export const managedKubeletSettings = [
  "apiVersion",
  "kind",
  "authentication",
  "authorization",
  "cgroupDriver",
  "clusterDNS",
  "clusterDomain",
  "containerRuntimeEndpoint",
  "enableServer",
  "healthzBindAddress",
  "healthzPort",
  "podCIDR",
  "readOnlyPort",
  "registerNode",
  "registerWithTaints",
  "resolvConf",
  "rotateCertificates",
  "runOnce",
  "serverTLSBootstrap",
  "staticPodPath",
  "staticPodURL",
  "staticPodURLHeader",
  "tlsCertFile",
  "tlsPrivateKeyFile",
] as const;

const atLeast = (least: number) => {
  const kind = expected(`a whole number, ${least} or more`);
  return z.int(kind).min(least, kind).max(2_147_483_647, kind);
};

const between = (least: number, most: number) => {
  const kind = expected(`a whole number from ${least} to ${most}`);
  return z.int(kind).min(least, kind).max(most, kind);
};

const fraction = expected("a number above 0, at most 1");

/**
 * Bounds and choices from pkg/kubelet/apis/config/validation/validation.go of Kubernetes v1.36, by
 * name; a dot separates a mapping from its key. Two are narrower than the kubelet's own: a node's
 * /24 has addresses for 253 pods (256 less the network's, the bridge's and the broadcast address),
 * and no component of this cluster uses TLS below 1.2.
 */
export const kubeletLimits: Readonly<Record<string, z.ZodType>> = {
  containerLogMaxFiles: atLeast(2),
  containerLogMaxWorkers: atLeast(1),
  eventBurst: atLeast(0),
  eventRecordQPS: atLeast(0),
  imageGCHighThresholdPercent: between(0, 100),
  imageGCLowThresholdPercent: between(0, 100),
  kubeAPIBurst: atLeast(0),
  kubeAPIQPS: atLeast(0),
  maxOpenFiles: atLeast(0),
  maxParallelImagePulls: atLeast(1),
  maxPods: between(1, 253),
  memoryThrottlingFactor: z.number(fraction).gt(0, fraction).lte(1, fraction),
  nodeLeaseDurationSeconds: atLeast(1),
  nodeStatusMaxImages: atLeast(-1),
  oomScoreAdj: between(-1000, 1000),
  podPidsLimit: atLeast(-1),
  podsPerCore: atLeast(0),
  port: between(1, 65_535),
  registryBurst: atLeast(0),
  registryPullQPS: atLeast(0),
  configMapAndSecretChangeDetectionStrategy: choice(["Get", "Cache", "Watch"]),
  cpuManagerPolicy: choice(["none", "static"]),
  hairpinMode: choice(["hairpin-veth", "promiscuous-bridge", "none"]),
  imagePullCredentialsVerificationPolicy: choice([
    "NeverVerify",
    "NeverVerifyPreloadedImages",
    "NeverVerifyAllowlistedImages",
    "AlwaysVerify",
  ]),
  "logging.format": choice(["text", "json"]),
  memoryManagerPolicy: choice(["None", "Static"]),
  memoryReservationPolicy: choice(["None", "TieredReservation"]),
  "memorySwap.swapBehavior": choice(["NoSwap", "LimitedSwap"]),
  tlsMinVersion: choice(["VersionTLS12", "VersionTLS13"]),
  topologyManagerPolicy: choice(["none", "best-effort", "restricted", "single-numa-node"]),
  topologyManagerScope: choice(["container", "pod"]),
};
