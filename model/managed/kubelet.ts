/**
 * KubeletConfiguration settings that the kubelet's renderer sets and the config may not. Other
 * values would disconnect the node from its cluster or open it.
 */
export const setKubeletSettings = [
  "apiVersion",
  "kind",
  "authentication",
  "authorization",
  "cgroupDriver",
  "clusterDNS",
  "clusterDomain",
  "containerRuntimeEndpoint",
  "readOnlyPort",
  "registerWithTaints",
  "resolvConf",
  "tlsCertFile",
  "tlsPrivateKeyFile",
] as const;

/**
 * Settings that stay unset: the kubelet's defaults are needed, or they are for the standalone mode,
 * which has no use in a cluster.
 */
export const unsetKubeletSettings = [
  "enableServer",
  "healthzBindAddress",
  "healthzPort",
  "podCIDR",
  "registerNode",
  "rotateCertificates",
  "runOnce",
  "serverTLSBootstrap",
  "staticPodPath",
  "staticPodURL",
  "staticPodURLHeader",
] as const;

export type SetKubeletSetting = (typeof setKubeletSettings)[number];

/**
 * Hardway's defaults for a machine's shutdown. The second period is a part of the first, and
 * periods by priority replace both, so a user's own setting of either leaves no default.
 */
export const shutdownDefaults = (
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> =>
  "shutdownGracePeriod" in settings || "shutdownGracePeriodByPodPriority" in settings
    ? {}
    : { shutdownGracePeriod: "30s", shutdownGracePeriodCriticalPods: "10s" };
