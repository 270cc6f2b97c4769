/**
 * KubeProxyConfiguration settings that kube-proxy's renderer sets and the config may not, with the
 * alternative. A dot separates a mapping from its key.
 */
export const setKubeProxySettings = {
  apiVersion: "remove it",
  kind: "remove it",
  mode: "write network.proxy",
  clusterCIDR: "write network.pods",
  hostnameOverride: "a node's name is its key in nodes",
  bindAddress: "it is the node's address; remove it",
  "clientConnection.kubeconfig": "it connects to the API's address as its own user; remove it",
  healthzBindAddress: "its step checks its health at 127.0.0.1:10256; remove it",
  metricsBindAddress: "its metrics are on this machine only, at 127.0.0.1:10249; remove it",
} as const;

/** Settings that stay unset. */
export const unsetKubeProxySettings = {
  winkernel: "it applies to Windows only; remove it",
  windowsRunAsService: "it applies to Windows only; remove it",
} as const;

type TopLevel<Name extends string> = Name extends `${infer Mapping}.${string}` ? Mapping : Name;

/** Without the keys inside a mapping. */
export type SetKubeProxySetting = TopLevel<keyof typeof setKubeProxySettings>;
