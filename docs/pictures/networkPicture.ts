import type { PodNetworkName } from "../../model/lab.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { DotEdge, DotNode } from "./dot.ts";
import type { Picture } from "./renderPicture.ts";

const machineOf = ({ name, address, roles, machine }: NodePlan): DotNode => ({
  id: name,
  title: name,
  lines: [address, roles.join(", "), lineOf(machine)],
  kind: "machines",
  attributes: { width: "2" },
});

function lineOf(machine: NodePlan["machine"]): string {
  switch (machine.kind) {
    case "guest":
      return `${machine.cpus} CPU${machine.cpus === 1 ? "" : "s"}, ${machine.memoryMiB} MiB`;
    case "existing":
      return "existing machine";
  }
}

const podsOf = ({ name, podNetwork }: NodePlan): DotNode => ({
  id: `pods ${name}`,
  title: String(podNetwork),
  lines: [`pods on ${name}`],
  kind: "objects",
});

const routing: Readonly<Record<PodNetworkName, string>> = {
  routes: "by a route on every node",
  flannel: "inside VXLAN packets (flannel)",
  none: "by the pod network that you install",
};

const cable = (from: string, to: string): DotEdge => ({
  from,
  to,
  attributes: { dir: "none" },
});

/** The picture of a lab's machines, addresses and networks. */
export function networkPicture(plan: ClusterPlan): Picture {
  const { name, network, nodes, api, loadBalancer, mirror, libvirt } = plan;
  const withPods = nodes.filter(isKubernetesNode);
  const sharesAddress = loadBalancer?.shared === true;
  const bridge: DotNode = {
    id: "bridge",
    title: `bridge ${network.gateway}`,
    lines: [
      `network ${libvirt.network}`,
      String(network.nodes),
      "default route and DNS",
      "of the machines",
    ],
    kind: "steps",
    attributes: { height: String(Math.max(1.6, nodes.length * 0.9)) },
  };
  const workstation: readonly DotNode[] = [
    { id: "internet", title: "internet", kind: "users" },
    {
      id: "lab",
      title: "./lab, Pulumi, kubectl",
      lines: ["SSH: port 22 of each node", `API: ${api.address}:${api.port}`],
      kind: "users",
    },
    {
      id: "mirror",
      title: "mirror",
      lines: [mirror.server, "binaries and images"],
      kind: "steps",
    },
  ];
  const shared: readonly DotNode[] = sharesAddress
    ? [
        {
          id: "vip",
          title: loadBalancer.address,
          lines: ["virtual IP address", "of one load balancer", "at a time"],
          kind: "objects",
        },
      ]
    : [];
  return {
    title: `The network of the lab ${name}`,
    description: `Drawn by docs/drawPictures.ts from the plan of Pulumi.${name}.yaml: ${nodes.map((node) => `${node.name} ${node.address}`).join(", ")}.`,
    graph: {
      attributes: { rankdir: "LR", nodesep: "0.14", ranksep: "0.45", newrank: "true" },
      nodes: workstation.slice(0, 1),
      frames: [
        {
          id: "hypervisor",
          title: "your computer: workstation and hypervisor",
          nodes: [...workstation.slice(1), bridge],
          frames: [
            {
              id: "machines",
              title: "virtual machines",
              inner: true,
              // Graphviz puts the first one at the bottom.
              nodes: [...nodes.map(machineOf), ...withPods.map(podsOf), ...shared].reverse(),
            },
          ],
        },
      ],
      edges: [
        { from: "internet", to: "bridge", label: ["NAT"], attributes: { dir: "back" } },
        { from: "lab", to: "bridge" },
        { from: "mirror", to: "bridge", attributes: { dir: "both" } },
        ...nodes.toReversed().map((node) => cable("bridge", node.name)),
        ...withPods.map((node) => cable(node.name, `pods ${node.name}`)),
        ...(sharesAddress
          ? loadBalancer.nodes.map((node) => ({
              from: node.name,
              to: "vip",
              attributes: { dir: "none", style: "dashed" },
            }))
          : []),
      ],
    },
    legend: [
      [
        undefined,
        `Pods: ${network.pods}; a packet reaches another node's pods ${routing[network.podNetwork.kind]}.`,
      ],
      [undefined, ""],
      [
        undefined,
        `Services: ${network.services}, virtual addresses that every node translates to pods' addresses (API ${network.apiService}, DNS ${network.dnsService}).`,
      ],
    ],
  };
}
