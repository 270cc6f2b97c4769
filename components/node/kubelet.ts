import { nodeYaml } from "../../base/nodeYaml.ts";
import { type SetKubeletSetting, shutdownDefaults } from "../../model/managed/kubelet.ts";
import type { Unmanaged } from "../../model/managed/unmanaged.ts";
import { controlPlaneTaint, isControlPlaneAlone, isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { credential, file, nodeComponent, program, type Scope } from "../remote/component.ts";
import { commandLine, renderUnit, restarts } from "../remote/unit.ts";
import { kubeletPaths as paths } from "./paths.ts";

/**
 * The kubelet on every Node, started in parallel with the control plane, except behind load
 * balancers: a living cluster's kubelets would be sent to an address where nothing answers yet, or
 * with a certificate that does not name it; and a kubelet without an API server retries and logs
 * ten times a second, which several emulated control planes cannot afford while they start.
 */
export const kubelet = nodeComponent({
  name: "kubelet",
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isKubernetesNode),
  // The Node authorizer knows a kubelet by this name and group, and limits it to its own objects.
  identity: ({ node }: Scope<NodePlan>) => ({
    commonName: `system:node:${node.name}`,
    organization: "system:nodes",
    dnsNames: [node.name],
    ipAddresses: [node.address],
    signedBy: { cluster: ["client", "server"] },
  }),
  after: ({ plan }: Scope<NodePlan>) => ({
    ...(plan.loadBalancer === undefined
      ? {}
      : { api: "Behind load balancers it starts when an API server answers." }),
    runtime: "Without a runtime it is not healthy.",
  }),
  // Another runtime does not know the pods that this kubelet runs.
  replacedWith: "runtime",
  install: ({ plan, node }) => ({
    about:
      "The kubelet runs on this node the pods that the API server assigns to it. It retries until there is an API server.",
    files: [
      credential(clusterAuthorityPath, ({ authorities }) => authorities.cluster.certPem, {
        mode: "644",
        isShared: true,
      }),
      credential(paths.cert, ({ certPem }) => certPem.cluster, { mode: "644" }),
      credential(paths.key, ({ keyPem }) => keyPem),
      file(paths.kubeconfig, kubeconfig(plan, node), { mode: "600" }),
      file(paths.config, kubeletConfig(plan, node), { mode: "600" }),
    ],
    programs: [program(plan.artifacts.kubelet, { kubelet: paths.program })],
    leaves: ["/var/log/pods", "/var/log/containers", paths.logindConfig],
    onRemove: removePods(node),
    unit: {
      name: "kubelet.service",
      text: kubeletUnit(node),
      healthy: "curl --silent --fail --max-time 5 http://127.0.0.1:10248/healthz",
      withinSeconds: 300,
    },
  }),
});

const kubeconfig = (plan: ClusterPlan, node: NodePlan): string =>
  renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: `system:node:${node.name}`,
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export function kubeletConfig(plan: ClusterPlan, node: NodePlan): string {
  const managed: Readonly<Record<SetKubeletSetting, unknown>> = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: clusterAuthorityPath },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: paths.cert,
    tlsPrivateKeyFile: paths.key,
    readOnlyPort: 0,
    containerRuntimeEndpoint: `unix://${node.runtime.socket}`,
    cgroupDriver: "systemd",
    clusterDNS: [plan.network.dnsService],
    clusterDomain: plan.network.clusterDomain,
    // From registration on; otherwise pods would be scheduled here until the node step runs. That
    // step keeps the taint and adds user-defined ones, which need no restart of the kubelet.
    registerWithTaints: isControlPlaneAlone(node) ? [controlPlaneTaint] : undefined,
    // A link to the machine's own resolver configuration, made by the operating-system step.
    resolvConf: "/etc/kubernetes/resolv.conf",
  };
  const defaults: Unmanaged<SetKubeletSetting> = {
    // The machine may use its swap; pods get none.
    failSwapOn: false,
    tlsMinVersion: "VersionTLS12",
    // Forward secrecy and authenticated encryption only; its key is ECDSA, and TLS 1.3 has no
    // others.
    tlsCipherSuites: [
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ],
    protectKernelDefaults: false,
    makeIPTablesUtilChains: true,
    seccompDefault: true,
    podPidsLimit: 4096,
    eventRecordQPS: 50,
    streamingConnectionIdleTimeout: "4h0m0s",
    ...shutdownDefaults(node.kubelet),
  };
  return nodeYaml({ ...managed, ...defaults, ...node.kubelet });
}

const kubeletUnit = (node: NodePlan): string =>
  renderUnit({
    Unit: {
      Description: "kubelet",
      Documentation: "https://kubernetes.io/docs/concepts/architecture/#kubelet",
      // Not Requires: stopping the runtime would stop the kubelet too, and starting the runtime
      // would not start it again. The kubelet reports that its runtime is unavailable, and
      // reconnects to it.
      Wants: node.runtime.unit,
      After: node.runtime.unit,
      StartLimitIntervalSec: "0",
    },
    Service: {
      ExecStart: commandLine(paths.program, {
        config: paths.config,
        kubeconfig: paths.kubeconfig,
        "hostname-override": node.name,
        "node-ip": node.address,
      }),
      ...restarts,
      // Pods outlive a restart of the kubelet.
      KillMode: "process",
      OOMScoreAdjust: -999,
    },
  });

const removePods = (node: NodePlan): string => `# Its pods outlive it, and so would their mounts.
no_pods() {
  local pods
  pods=$(crictl pods --quiet) || return 1
  [[ -n $pods ]] || return 0
  crictl rmp --all --force
  return 1
}
if systemctl --quiet is-active ${node.runtime.unit}; then
  wait_for 120 "this node's pods to end" no_pods || say "some of this node's pods have not ended: $(no_pods 2>&1)"
fi
awk '$2 ~ "^/var/lib/kubelet/" { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount
remove_data /var/lib/kubelet
`;
