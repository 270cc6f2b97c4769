import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { provide } from "../remote/provide.ts";
import { putFile } from "../remote/script.ts";
import { runtimePaths } from "./paths.ts";

/** Of the CNI plugins' release, what the pod network needs. */
const cniPlugins = ["bridge", "host-local", "loopback", "portmap"];

/** A bridge on the node that all its pods hang on; their addresses are this node's /24. */
function bridgeNetwork(plan: ClusterPlan, node: NodePlan): string {
  const { vxlan } = plan.network;
  return JSON.stringify(
    {
      cniVersion: "1.0.0",
      name: "hardway",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          // Else a pod's largest packets would not fit into flannel's.
          ...(vxlan === undefined ? {} : { mtu: vxlan.podMtu }),
          // Leaving the cluster is the node's masquerade rule's affair: it knows all pods' networks, the bridge just its own.
          ipMasq: false,
          // Lets a pod reach itself through its own Service.
          hairpinMode: true,
          ipam: {
            type: "host-local",
            ranges: [[{ subnet: node.podNetwork }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

/** What a pod's network is. With the plugin none, what the person's manifests run on each node writes that. */
const podNetwork = (plan: ClusterPlan, node: NodePlan, runtime: string): string =>
  plan.network.plugin === "none"
    ? ""
    : `# ${runtime} watches this file's directory. That the file is moved here from beside, whole, is what makes it read it again.
${putFile(runtimePaths.cniConfig, bridgeNetwork(plan, node), "600")}
`;

/** Of its own accord crictl gives up after two seconds, in which a busy emulated machine answers nothing. */
const crictlConfig = ({ runtime }: NodePlan): string => `runtime-endpoint: unix://${runtime.socket}
image-endpoint: unix://${runtime.socket}
# seconds
timeout: 60
`;

/**
 * The lines that bring what every runtime works with: the pod network's plugins and config, runc, and crictl.
 *
 * @param runtime as a sentence names it
 */
export function bringRuntimeParts(plan: ClusterPlan, node: NodePlan, runtime: string): string {
  return `${provide(plan.artifacts["cni-plugins"], Object.fromEntries(cniPlugins.map((plugin) => [plugin, `${runtimePaths.cniPlugins}/${plugin}`])))}
${podNetwork(plan, node, runtime)}${provide(plan.artifacts.runc, { runc: runtimePaths.runc })}
${provide(plan.artifacts.crictl, { crictl: runtimePaths.crictl })}
${putFile(runtimePaths.crictlConfig, crictlConfig(node))}`;
}

/** The lines that take away what the pod network has made on the node. */
export function removePodNetwork({ network: { vxlan } }: ClusterPlan): string {
  // flanneld leaves before the node's pods do; what it has told the kernel serves them to the last.
  const interfaces = ["cni0", ...(vxlan === undefined ? [] : [vxlan.interface])];
  return interfaces.map((name) => `ip link delete ${name} 2>/dev/null || true\n`).join("");
}
