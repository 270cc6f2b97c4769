import { nodeYaml } from "../../base/nodeYaml.ts";
import { stepResource } from "../../model/names.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { ask, kubectl } from "../controlplane/kubectl.ts";
import type { StepScript } from "../remote/script.ts";
import { podNetworkOf } from "./networks/podNetworkOf.ts";

/** Records the taints that the program set, for the next run. */
const taintsAnnotation = "hardway.io/taints";

/**
 * The node's labels, taints and pod network. The step runs on a control plane, with the
 * administrator's kubeconfig, since a kubelet may neither set these labels on itself nor evict its
 * pods.
 */
export function renderNode(plan: ClusterPlan, node: NodePlan): StepScript {
  const manifest = nodeYaml({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: node.labels,
      // Recorded in the Node itself, so that a taint that leaves the config is removed.
      annotations: { [taintsAnnotation]: node.taints.join(" ") },
    },
    spec: { podCIDR: node.podNetwork, podCIDRs: [node.podNetwork] },
  });
  const taints =
    node.taints.length === 0
      ? ""
      : `${ask} ${kubectl} taint node ${node.name} --overwrite ${node.taints.join(" ")}\n`;
  const annotation = taintsAnnotation.replaceAll(".", "\\.");
  return {
    // Several of these steps run on one machine, and the step's resource has the same name.
    name: stepResource(node.name, "node"),
    create: `# ${node.name} as the cluster sees it. Whether its kubelet comes before or after this makes no difference.
${ask} ${kubectl} get node ${node.name} --ignore-not-found --output 'jsonpath={.metadata.annotations.${annotation}}'
before=$answer
# What a Node may say is the server's to check: kubectl would fetch its whole schema first.
place_node() { ${kubectl} apply --server-side --validate=false --force-conflicts --field-manager hardway --filename - <<'END'
${manifest}END
}
${ask} place_node
say "$answer"
for taint in $before; do
  [[ " ${node.taints.join(" ")} " == *" $taint "* ]] || ${kubectl} taint node ${node.name} "\${taint%%[=:]*}:\${taint##*:}-" || true
done
${taints}${podNetworkOf(plan).beforeReady(node)}# Each look is a watch, which ends at once where the API server does.
if ! wait_for 600 "${node.name} to be Ready" ${kubectl} wait --for condition=Ready node/${node.name} --timeout 60s; then
  ${kubectl} describe node ${node.name} >&2 || true
  fail "${node.name} (${node.address}) is not Ready after 600 s; its kubelet says why: ./lab ssh ${node.name} -- journalctl --unit kubelet"
fi
`,
    delete: `# Pods are moved to other nodes first, as their budgets allow. Those of a node that is not there any more can't be
# asked to go; they are made anew elsewhere once the Node is deleted.
${ask} ${kubectl} get node ${node.name} --ignore-not-found --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
if [[ $answer == True ]]; then
  ${kubectl} drain ${node.name} --ignore-daemonsets --delete-emptydir-data --force --timeout 300s ||
    say "${node.name} could not be drained within 300 s; it is removed all the same"
fi
${ask} ${kubectl} delete node ${node.name} --ignore-not-found
`,
  };
}
