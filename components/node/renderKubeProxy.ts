import { nodeYaml } from "../../base/nodeYaml.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { kubeProxyPaths } from "./paths.ts";

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function kubeProxyConfig(plan: ClusterPlan, node: NodePlan): string {
  const { clientConnection, conntrack, ...settings } = node.kubeProxy;
  return nodeYaml({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: kubeProxyPaths.kubeconfig, ...parts(clientConnection) },
    mode: plan.network.proxy,
    clusterCIDR: plan.network.pods,
    hostnameOverride: node.name,
    // The node's address, which nothing is bound to. Otherwise kube-proxy asks its Node for it, and where that takes longer than
    // half a minute (an emulated kubelet's may), NodePorts answer at every address that the machine has.
    bindAddress: node.address,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    // What follows is a choice; a lab's own settings come last.
    // NodePorts answer at the node's own address, not at every one it has; so it is by default with nftables alone.
    nodePortAddresses: ["primary"],
    // The kernel's own limit stays: it is the machine's, and grows with its memory.
    conntrack: { maxPerCore: 0, ...parts(conntrack) },
    ...settings,
  });
}

const parts = (mapping: unknown): object => mapping ?? {};

export function renderKubeProxy(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = kubeProxyPaths;
  const kubeconfig = renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: "system:kube-proxy",
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });
  const unit = renderUnit({
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
      // For the lock that iptables takes.
      ReadWritePaths: "/run",
    },
  });
  return {
    name: "kube-proxy",
    create: `# kube-proxy: makes the addresses of Services lead to pods, with rules in this node's kernel.
put_secrets
${putFile(paths.kubeconfig, kubeconfig, "600")}
${putFile(paths.config, kubeProxyConfig(plan, node), "600")}
${provide(plan.artifacts["kube-proxy"], { "kube-proxy": paths.program })}
${putFile("/etc/systemd/system/kube-proxy.service", unit, "600")}
# Healthy means that its rules are in place.
healthy() { curl --silent --fail --max-time 5 http://127.0.0.1:10256/healthz; }
converge kube-proxy.service 300 healthy ${[paths.program, paths.config, paths.kubeconfig, paths.cert, paths.key, clusterAuthorityPath].join(" ")}
`,
    delete: `remove_unit kube-proxy.service
${paths.program} --cleanup || true
rm -rf ${[paths.program, "/opt/hardway/bin/kube-proxy", "/var/lib/kube-proxy", paths.kubeconfig, paths.cert, paths.key].join(" ")}
`,
  };
}
