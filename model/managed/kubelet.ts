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
