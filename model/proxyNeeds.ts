import type { ProxyMode } from "./lab.ts";

const iptables = ["iptables-restore", "iptables-save"];

/** What each of kube-proxy's modes needs of the kernel, and which commands of the image. */
export const proxyNeeds: Readonly<
  Record<
    ProxyMode,
    { readonly kernelModules: readonly string[]; readonly commands: readonly string[] }
  >
> = {
  nftables: { kernelModules: [], commands: [] },
  iptables: { kernelModules: [], commands: iptables },
  ipvs: {
    kernelModules: ["ip_vs", "ip_vs_rr", "ip_vs_sh", "ip_vs_wrr"],
    commands: [...iptables, "ipset"],
  },
  none: { kernelModules: [], commands: [] },
};
