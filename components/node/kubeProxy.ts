import { nodeYaml } from "../../base/nodeYaml.ts";
import type { SetKubeProxySetting } from "../../model/managed/kubeProxy.ts";
import type { Unmanaged } from "../../model/managed/unmanaged.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { credential, file, nodeComponent, program } from "../remote/component.ts";
import { commandLine, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { kubeProxyPaths as paths } from "./paths.ts";

/** kube-proxy on every Node, unless something else makes the addresses of Services work. */
export const kubeProxy = nodeComponent({
  name: "kube-proxy",
  on: ({ network, nodes }: ClusterPlan): NodePlan[] =>
    network.proxy === "none" ? [] : nodes.filter(isKubernetesNode),
  identity: () => ({ commonName: "system:kube-proxy", signedBy: { cluster: ["client"] } }),
  after: () => ({
    operatingSystem: "Without a prepared machine there is nothing to install it on.",
    api: "Without an API server it backs off ever longer, and is late once there is one.",
  }),
  install: ({ plan, node }) => ({
    about: "kube-proxy leads the addresses of Services to pods, with rules in this node's kernel.",
    files: [
      credential(clusterAuthorityPath, ({ authorities }) => authorities.cluster.certPem, {
        mode: "644",
        isShared: true,
      }),
      credential(paths.cert, ({ certPem }) => certPem.cluster, { mode: "644" }),
      credential(paths.key, ({ keyPem }) => keyPem),
      file(paths.kubeconfig, kubeconfig(plan), { mode: "600" }),
      file(paths.config, kubeProxyConfig(plan, node), { mode: "600" }),
    ],
    programs: [program(plan.artifacts["kube-proxy"], { "kube-proxy": paths.program })],
    leaves: ["/var/lib/kube-proxy"],
    onRemove: `${paths.program} --cleanup || true\n`,
    unit: {
      name: "kube-proxy.service",
      text: kubeProxyUnit,
      // Healthy means that its rules are in place.
      healthy: "curl --silent --fail --max-time 5 http://127.0.0.1:10256/healthz",
      withinSeconds: 300,
    },
  }),
});

const kubeconfig = (plan: ClusterPlan): string =>
  renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: "system:kube-proxy",
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
export function kubeProxyConfig(plan: ClusterPlan, node: NodePlan): string {
  const { clientConnection, conntrack, ...settings } = node.kubeProxy;
  const managed: Readonly<Record<SetKubeProxySetting, unknown>> = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: paths.kubeconfig, ...parts(clientConnection) },
    mode: plan.network.proxy,
    clusterCIDR: plan.network.pods,
    hostnameOverride: node.name,
    // The node's address; kube-proxy binds nothing to it. Without it, kube-proxy asks the API for
    // its Node, and if that takes longer than 30 s (it may under emulation), NodePorts answer at
    // every address of the machine.
    bindAddress: node.address,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  };
  const defaults: Unmanaged<SetKubeProxySetting> = {
    // NodePorts answer at the node's own address only, which is the default with nftables alone.
    nodePortAddresses: ["primary"],
    // The kernel's own limit stays: it grows with the machine's memory.
    conntrack: { maxPerCore: 0, ...parts(conntrack) },
  };
  return nodeYaml({ ...managed, ...defaults, ...settings });
}

const parts = (mapping: unknown): object => mapping ?? {};

const kubeProxyUnit = renderUnit({
  Unit: {
    Description: "kube-proxy",
    Documentation: "https://kubernetes.io/docs/concepts/architecture/#kube-proxy",
    Wants: "network-online.target",
    After: "network-online.target",
    StartLimitIntervalSec: "0",
  },
  Service: {
    ExecStart: commandLine(paths.program, { config: paths.config }),
    ...restarts,
    OOMScoreAdjust: -999,
    ...hardening,
    // It changes the kernel's rules and network settings.
    CapabilityBoundingSet: "CAP_NET_ADMIN CAP_NET_RAW",
    ProtectKernelTunables: "false",
    RestrictAddressFamilies: "AF_INET AF_INET6 AF_NETLINK AF_UNIX",
    // For the lock of iptables.
    ReadWritePaths: "/run",
  },
});
