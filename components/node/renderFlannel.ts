import type { ClusterPlan, NodePlan, VxlanPlan } from "../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { flannelPaths } from "./paths.ts";

/** What all flannelds are to the API server. */
export const flannelGroup = "system:flannel";

/** Each by its node, so that the audit log tells who wrote what. */
export const flannelUser = (node: NodePlan): string => `${flannelGroup}:${node.name}`;

/** https://github.com/flannel-io/flannel/blob/v0.28.9/Documentation/configuration.md */
function netConf(plan: ClusterPlan, vxlan: VxlanPlan): string {
  // Without an MTU flannel takes its interface's from the one that --iface finds.
  const Backend = { Type: "vxlan", VNI: vxlan.vni, Port: vxlan.port };
  return JSON.stringify({ Network: plan.network.pods, Backend }, null, 2);
}

export function renderFlannel(plan: ClusterPlan, node: NodePlan, vxlan: VxlanPlan): StepScript {
  const paths = flannelPaths;
  const kubeconfig = renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: flannelUser(node),
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });
  const unit = renderUnit({
    Unit: {
      Description: "flanneld",
      Documentation: `https://github.com/flannel-io/flannel/tree/${plan.artifacts.flannel.version}/Documentation`,
      Wants: "network-online.target",
      After: "network-online.target",
      StartLimitIntervalSec: "0",
    },
    Service: {
      // It says itself when the network is there.
      Type: "notify",
      // Its attempts to reach the API server lie ever further apart, up to a minute; those of a new start do not.
      TimeoutStartSec: 60,
      Environment: `NODE_NAME=${node.name}`,
      ExecStart: commandLine(paths.program, {
        "kube-subnet-mgr": true,
        "kubeconfig-file": paths.kubeconfig,
        "net-config-path": paths.config,
        iface: node.address,
        // The host step's own rules do that, the same as without flannel; so no iptables is needed.
        "ip-masq": false,
        "iptables-forward-rules": false,
      }),
      ...restarts,
      ...hardening,
      // It makes an interface, and tells the kernel where other nodes' pods are.
      CapabilityBoundingSet: "CAP_NET_ADMIN",
      ProtectKernelTunables: "false",
      RestrictAddressFamilies: "AF_INET AF_INET6 AF_NETLINK AF_UNIX",
      // It writes down there what it has found out.
      RuntimeDirectory: "flannel",
    },
  });
  return {
    name: "flanneld",
    create: `# flanneld: an interface, ${vxlan.interface}, that leads to the pods of all other nodes, whatever network is between the nodes.
put_secrets
${putFile(paths.kubeconfig, kubeconfig, "600")}
${putFile(paths.config, netConf(plan, vxlan))}
${provide(plan.artifacts.flannel, { flannel: paths.program })}
${putFile("/etc/systemd/system/flanneld.service", unit, "600")}
healthy() { systemctl --quiet is-active flanneld.service; }
converge flanneld.service 300 healthy ${[paths.program, paths.config, paths.kubeconfig, paths.cert, paths.key, clusterAuthorityPath].join(" ")}
`,
    delete: `# Its interface stays while the node is drained, and goes with the bridge of the pods.
remove_unit flanneld.service
rm -rf ${[paths.program, "/opt/hardway/bin/flannel", "/etc/kube-flannel", paths.kubeconfig, paths.cert, paths.key].join(" ")}
`,
  };
}
