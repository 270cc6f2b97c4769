import { keyPairPaths } from "../pki/paths.ts";

/** Paths of the files that run pods on a node, for every runtime. */
export const runtimePaths = {
  runc: "/usr/local/bin/runc",
  crictl: "/usr/local/bin/crictl",
  crictlConfig: "/etc/crictl.yaml",
  cniDirectory: "/etc/cni/net.d",
  cniConfig: "/etc/cni/net.d/10-hardway.conflist",
  cniPlugins: "/opt/cni/bin",
} as const;

export const containerdPaths = {
  program: "/usr/local/bin/containerd",
  config: "/etc/containerd/config.toml",
  mirrors: "/etc/containerd/certs.d",
  /** Replaces `mirrors` if the config names registries. */
  registries: "/etc/containerd/registries.d",
} as const;

export const crioPaths = {
  program: "/usr/local/bin/crio",
  /** Monitors one container: reads its output, records its exit status. */
  conmon: "/usr/local/bin/conmon",
  /** Holds a pod's namespaces, so that no process has to. */
  pinns: "/usr/local/bin/pinns",
  config: "/etc/crio/crio.conf",
  data: "/var/lib/crio",
  policy: "/etc/crio/policy.json",
  registries: "/etc/containers/registries.conf.d/10-hardway.conf",
} as const;

export const kubeletPaths = {
  program: "/usr/local/bin/kubelet",
  config: "/var/lib/kubelet/config.yaml",
  kubeconfig: "/etc/kubernetes/kubelet.conf",
  /** The kubelet writes it: how long logind lets the kubelet delay a shutdown. */
  logindConfig: "/etc/systemd/logind.conf.d/99-kubelet.conf",
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
