import { keyPairPaths } from "../pki/paths.ts";

/** Where the parts that run pods stand on a node. */
export const runtimePaths = {
  containerd: "/usr/local/bin/containerd",
  config: "/etc/containerd/config.toml",
  mirrors: "/etc/containerd/certs.d",
  socket: "/run/containerd/containerd.sock",
  cniConfig: "/etc/cni/net.d/10-hardway.conflist",
  cniPlugins: "/opt/cni/bin",
} as const;

export const kubeletPaths = {
  program: "/usr/local/bin/kubelet",
  config: "/var/lib/kubelet/config.yaml",
  kubeconfig: "/etc/kubernetes/kubelet.conf",
  ...keyPairPaths("kubelet"),
} as const;

export const kubeProxyPaths = {
  program: "/usr/local/bin/kube-proxy",
  config: "/var/lib/kube-proxy/config.yaml",
  kubeconfig: "/etc/kubernetes/kube-proxy.conf",
  ...keyPairPaths("kube-proxy"),
} as const;

export const flannelPaths = {
  program: "/usr/local/bin/flanneld",
  /** Where flanneld looks for it. */
  config: "/etc/kube-flannel/net-conf.json",
  kubeconfig: "/etc/kubernetes/flannel.conf",
  ...keyPairPaths("flannel"),
} as const;
