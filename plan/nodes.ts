import { podNetworkOf } from "../model/addresses.ts";
import type { Lab, LabNode, PodNetworkName, RuntimeName } from "../model/lab.ts";
import { guestsIn } from "../model/machines.ts";
import { isControlPlaneAlone, isKubernetesNode } from "../model/roles.ts";
import { taintsOf } from "../model/taints.ts";
import type { ClusterPlan, GuestNode, NodePlan, PodRoute, RuntimePlan } from "./clusterPlan.ts";
import { planGuest } from "./guests.ts";
import { planSystem } from "./system.ts";

const runtimes: Readonly<Record<RuntimeName, RuntimePlan>> = {
  containerd: {
    name: "containerd",
    unit: "containerd.service",
    socket: "/run/containerd/containerd.sock",
  },
  // The kubelet recognizes CRI-O by exactly this path, and then reads containers' metrics from
  // CRI-O.
  "cri-o": { name: "cri-o", unit: "crio.service", socket: "/run/crio/crio.sock" },
};

export function planNodes(lab: Lab): NodePlan[] {
  const routes = lab.nodes.filter(isKubernetesNode).map(({ name, address }) => ({
    node: name,
    network: podNetworkOf(address, lab.network.nodes, lab.network.pods),
    via: String(address),
  }));
  return lab.nodes.map((node) =>
    planNode(
      lab,
      node,
      routes.filter((route) => route.node !== node.name),
    ),
  );
}

function planNode(lab: Lab, node: LabNode, podRoutes: readonly PodRoute[]): NodePlan {
  const isWorker = node.roles.includes("worker");
  const system = planSystem(lab, node);
  return {
    name: node.name,
    roles: node.roles,
    address: String(node.address),
    podNetwork: podNetworkOf(node.address, lab.network.nodes, lab.network.pods),
    podRoutes: podRoutesWith(lab.network.plugin, podRoutes),
    runtime: runtimes[node.runtime],
    kubelet: node.kubelet,
    kubeProxy: node.kubeProxy,
    flags: node.flags,
    taints: taintsOf(node).map(String),
    labels: {
      ...node.labels,
      "hardway.io/lab": lab.name,
      ...(isControlPlaneAlone(node) ? { "node-role.kubernetes.io/control-plane": "" } : {}),
      ...(isWorker ? { "node-role.kubernetes.io/worker": "" } : {}),
    },
    ...(system === undefined ? {} : { system }),
    machine: planMachine(lab, node),
  };
}

/** Only plain routes need one for each other node. */
function podRoutesWith(plugin: PodNetworkName, routes: readonly PodRoute[]): readonly PodRoute[] {
  switch (plugin) {
    case "routes":
      return routes;
    case "flannel":
    case "none":
      return [];
  }
}

function planMachine(lab: Lab, node: LabNode): NodePlan["machine"] {
  const { machine } = node;
  switch (machine.kind) {
    case "guest":
      return planGuest(lab, { ...node, machine });
    case "existing":
      return machine;
  }
}

/** The nodes whose machines are made here. */
export const guestNodes = ({ nodes }: ClusterPlan): GuestNode[] => guestsIn(nodes);
