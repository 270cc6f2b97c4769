import { isKubernetesNode } from "../../../../model/roles.ts";
import type { ClusterPlan, NodePlan, VxlanPlan } from "../../../../plan/clusterPlan.ts";
import { renderKubeconfig } from "../../../pki/kubeconfig.ts";
import { clusterAuthorityPath } from "../../../pki/paths.ts";
import { credential, file, nodeComponent, program, type Scope } from "../../../remote/component.ts";
import { commandLine, hardening, renderUnit, restarts } from "../../../remote/unit.ts";
import { flannelPaths as paths } from "../../paths.ts";

/** The group of all flannelds; RBAC rules are bound to it. */
export const flannelGroup = "system:flannel";

/** Each flanneld is named after its node, so the audit log distinguishes them. */
const flannelUser = (node: NodePlan): string => `${flannelGroup}:${node.name}`;

/** flanneld on every Node: an interface that leads to the pods of all other nodes. */
export const flanneld = nodeComponent({
  name: "flanneld",
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isKubernetesNode),
  identity: ({ node }: Scope<NodePlan>) => ({
    commonName: flannelUser(node),
    organization: flannelGroup,
    signedBy: { cluster: ["client"] },
  }),
  after: () => ({
    node: "Without its Node it exits, since the Node holds the pod network's range.",
    flannelAccess: "Without its role it may not read that Node.",
  }),
  // It annotates the Node when it starts, so a recreated Node needs a new start.
  replacedWith: "node",
  install: ({ plan, node }) => {
    const vxlan = vxlanOf(plan);
    return {
      about: `flanneld: an interface, ${vxlan.interface}, that leads to the pods of all other nodes, whatever network connects the nodes.`,
      files: [
        credential(clusterAuthorityPath, ({ authorities }) => authorities.cluster.certPem, {
          mode: "644",
          isShared: true,
        }),
        credential(paths.cert, ({ certPem }) => certPem.cluster, { mode: "644" }),
        credential(paths.key, ({ keyPem }) => keyPem),
        file(paths.kubeconfig, kubeconfig(plan, node), { mode: "600" }),
        file(paths.config, netConf(plan, vxlan)),
      ],
      programs: [program(plan.artifacts.flannel, { flannel: paths.program })],
      leaves: ["/etc/kube-flannel"],
      // Its interface stays while the node is drained, and is removed with the pods' bridge.
      unit: {
        name: "flanneld.service",
        text: flanneldUnit(plan, node),
        healthy: "systemctl --quiet is-active flanneld.service",
        withinSeconds: 300,
      },
    };
  },
});

function vxlanOf({ network: { podNetwork } }: ClusterPlan): VxlanPlan {
  if (podNetwork.kind !== "flannel") throw new Error("this lab has no flannel");
  return podNetwork.vxlan;
}

const kubeconfig = (plan: ClusterPlan, node: NodePlan): string =>
  renderKubeconfig({
    cluster: plan.name,
    server: plan.api.url,
    user: flannelUser(node),
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });

/** https://github.com/flannel-io/flannel/blob/v0.28.9/Documentation/configuration.md */
function netConf(plan: ClusterPlan, vxlan: VxlanPlan): string {
  // Without an MTU, flannel derives it from the interface that --iface names.
  const Backend = { Type: "vxlan", VNI: vxlan.vni, Port: vxlan.port };
  return JSON.stringify({ Network: plan.network.pods, Backend }, null, 2);
}

const flanneldUnit = (plan: ClusterPlan, node: NodePlan): string =>
  renderUnit({
    Unit: {
      Description: "flanneld",
      Documentation: `https://github.com/flannel-io/flannel/tree/${plan.artifacts.flannel.version}/Documentation`,
      Wants: "network-online.target",
      After: "network-online.target",
      StartLimitIntervalSec: "0",
    },
    Service: {
      // flanneld notifies systemd when the network is up.
      Type: "notify",
      // flanneld's back-off grows up to a minute; a restart resets it.
      TimeoutStartSec: 60,
      Environment: `NODE_NAME=${node.name}`,
      ExecStart: commandLine(paths.program, {
        "kube-subnet-mgr": true,
        "kubeconfig-file": paths.kubeconfig,
        "net-config-path": paths.config,
        iface: node.address,
        // The operating-system step's rules masquerade, as without flannel; iptables is not needed.
        "ip-masq": false,
        "iptables-forward-rules": false,
      }),
      ...restarts,
      ...hardening,
      // It creates an interface, and routes to other nodes' pods.
      CapabilityBoundingSet: "CAP_NET_ADMIN",
      ProtectKernelTunables: "false",
      RestrictAddressFamilies: "AF_INET AF_INET6 AF_NETLINK AF_UNIX",
      // flanneld writes its subnet file there.
      RuntimeDirectory: "flannel",
    },
  });
