import { nodeYaml } from "../../base/nodeYaml.ts";
import { controlPlaneTaint, isControlPlaneAlone } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, renderUnit, restarts } from "../remote/unit.ts";
import { kubeletPaths } from "./paths.ts";

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubeletConfig(plan: ClusterPlan, node: NodePlan): string {
  return nodeYaml({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: clusterAuthorityPath },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: kubeletPaths.cert,
    tlsPrivateKeyFile: kubeletPaths.key,
    readOnlyPort: 0,
    containerRuntimeEndpoint: `unix://${node.runtime.socket}`,
    cgroupDriver: "systemd",
    clusterDNS: [plan.network.dnsService],
    clusterDomain: plan.network.clusterDomain,
    // From the moment it registers: until the node step comes, pods would be sent here. That step keeps the taint, and adds a
    // person's own, for which no kubelet need be restarted.
    ...(isControlPlaneAlone(node) ? { registerWithTaints: [controlPlaneTaint] } : {}),
    // The host step makes it a link to the machine's own resolver configuration.
    resolvConf: "/etc/kubernetes/resolv.conf",
    // Swap that the machine has is left to the machine; pods get none.
    failSwapOn: false,
    // What follows is a choice; a lab's own settings come last.
    tlsMinVersion: "VersionTLS12",
    // Forward secrecy and authenticated encryption only; its own key is ECDSA, and TLS 1.3 has no others.
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
    shutdownGracePeriod: "30s",
    shutdownGracePeriodCriticalPods: "10s",
    ...node.kubelet,
  });
}

export function renderKubelet(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = kubeletPaths;
  const kubeconfig = renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: `system:node:${node.name}`,
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });
  const unit = renderUnit({
    Unit: {
      Description: "kubelet",
      Documentation: "https://kubernetes.io/docs/concepts/architecture/#kubelet",
      // Not Requires: with it, whoever stops the runtime stops the kubelet too, and starting the runtime would not bring it back.
      // So it stays, says that its runtime is away, and finds it again by itself.
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
  return {
    name: "kubelet",
    create: `# The kubelet: runs on this node the pods that the API server says belong here. It keeps asking until there is an API server.
put_secrets
${putFile(paths.kubeconfig, kubeconfig, "600")}
${putFile(paths.config, kubeletConfig(plan, node), "600")}
${provide(plan.artifacts.kubelet, { kubelet: paths.program })}
${putFile("/etc/systemd/system/kubelet.service", unit, "600")}
healthy() { curl --silent --fail --max-time 5 http://127.0.0.1:10248/healthz; }
converge kubelet.service 300 healthy ${[paths.program, paths.config, paths.kubeconfig, paths.cert, paths.key, clusterAuthorityPath].join(" ")}
`,
    delete: `remove_unit kubelet.service
# Its pods outlive it, and so would what it mounted for them.
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
rm -rf ${[paths.program, "/opt/hardway/bin/kubelet", "/var/log/pods", "/var/log/containers", paths.logindConfig, paths.kubeconfig, paths.cert, paths.key].join(" ")}
`,
  };
}
