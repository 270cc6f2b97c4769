import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import { podNetworkOf } from "../../model/addresses.ts";
import type { Lab } from "../../model/lab.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterRecord } from "../record.ts";

/** The addresses of pods and Services depend on these settings as long as the cluster exists. */
const kept = ["plugin", "pods", "services"] as const satisfies (keyof ClusterRecord["network"])[];

/** Reports changes of network settings that an existing cluster keeps. */
export function keptNetworkProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  const { plugin, pods, services } = lab.network;
  const { network: before } = record;
  const now = { plugin, pods: String(pods), services: String(services) };
  const problems = kept
    .filter((key) => before[key] !== now[key])
    .map((key) =>
      problemAt(
        ["network", key],
        `${now[key]}, but this cluster was created with ${before[key]}, which an existing cluster keeps; write ${before[key]} again, or recreate the cluster: ./lab destroy, then ./lab up`,
      ),
    );
  return [...problems, ...(before.pods === now.pods ? movedPods(lab, record) : [])];
}

/**
 * Nodes that keep their address, but whose pods would get other addresses: a node's pod network
 * follows from the place of its address in `network.nodes`.
 */
function movedPods({ network, nodes }: Lab, { nodes: before }: ClusterRecord): ConfigProblem[] {
  const moved = nodes.filter(isKubernetesNode).flatMap(({ name, address }) => {
    const was = before.find((node) => node.name === name && node.address === String(address));
    const now = String(podNetworkOf(address, network.nodes, network.pods));
    return was === undefined || was.podNetwork === now
      ? []
      : [`${name} (${was.podNetwork}, then ${now})`];
  });
  if (moved.length === 0) return [];
  const shown = moved.slice(0, 3).join(", ");
  const more = moved.length > 3 ? ` and ${moved.length - 3} more` : "";
  return [
    problemAt(
      ["network", "nodes"],
      `${network.nodes} would move the pod networks of ${shown}${more}, which follow from the places of the nodes' addresses in network.nodes; write the network that the cluster was created with again, or recreate the cluster: ./lab destroy, then ./lab up`,
    ),
  ];
}
