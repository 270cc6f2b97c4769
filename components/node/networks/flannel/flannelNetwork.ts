import type { NodePlan, VxlanPlan } from "../../../../plan/clusterPlan.ts";
import { ask, kubectl } from "../../../controlplane/kubectl.ts";
import type { PodNetwork } from "../podNetwork.ts";
import { flannelAccess } from "./access.ts";

/** An overlay: flanneld wraps pods' packets into UDP between the nodes. */
export const flannelNetwork = (vxlan: VxlanPlan): PodNetwork => ({
  kernelModules: ["vxlan"],
  // flanneld is removed before the node's pods; its interface serves them until they are removed.
  interfaces: ["cni0", vxlan.interface],
  // Otherwise a pod's largest packets would not fit into flannel's.
  bridge: { mtu: vxlan.podMtu },
  nodeNetwork: { description: "Masquerading of pods", functions: () => noRoutes },
  beforeReady: awaitFlannel,
  access: flannelAccess,
});

const noRoutes = `# flanneld makes the routes to other nodes' pods, and makes them again.
has_routes() { true; }
routes() { true; }
`;

/**
 * The condition that flanneld sets to False when its network is up. While it is True, the
 * controllers keep the taint `node.kubernetes.io/network-unavailable` on the node; if it is
 * missing, they consider the network available.
 */
function awaitFlannel(node: NodePlan): string {
  const condition = {
    type: "NetworkUnavailable",
    status: "True",
    reason: "FlannelIsAwaited",
    message: "flanneld has not started on this node yet",
  };
  return `# No pod is scheduled here before flanneld has made its routes.
${ask} ${kubectl} get node ${node.name} --output 'jsonpath={.status.conditions[?(@.type=="NetworkUnavailable")].status}'
if [[ -z $answer ]]; then
  ${ask} ${kubectl} patch node ${node.name} --subresource status --patch '${JSON.stringify({ status: { conditions: [condition] } })}'
fi
`;
}
