import type { DotFrame, DotNode } from "./dot.ts";
import type { Box, Graph } from "./foldGraph.ts";
import type { Picture } from "./renderPicture.ts";

const titles: Readonly<Record<string, string>> = {
  authorities: "authorities",
  "operating-systems": "operating system",
  runtime: "containerd",
  "etcd-members": "etcd membership",
  nodes: "Node",
  addons: "add-ons",
};

/** What is under a title if its resources alone do not say it. */
const remarks: Readonly<Record<string, readonly string[]>> = {
  authorities: ["3 CAs, SSH key, encryption key,", "administrator's certificate"],
  nodes: ["registered, Ready"],
  addons: ["CoreDNS, RBAC,", "smoke test"],
  "operating-systems": ["kernel modules,", "routes to pods"],
};

const legend: Picture["legend"] = [
  ["keys", "keys and certificates, in Pulumi's state"],
  ["machines", "what libvirt creates"],
  ["steps", "a step: one script on one node, over SSH"],
  ["objects", "Kubernetes objects, created through the API"],
  [undefined, "The box at the head of an arrow waits for the box at its tail."],
  [undefined, "Boxes outside the frames exist once per lab."],
];

const idOf = ({ stage, nodes }: Box): string => `${stage}/${nodes[0] ?? ""}`;

function titleOf({ stage, nodes }: Box): string {
  if (stage === "guests") return nodes.length === 0 ? "libvirt" : "machine";
  return titles[stage] ?? stage;
}

function linesOf({ stage, kind, parts, keys, certificates }: Box): readonly string[] {
  const remark = remarks[stage];
  if (remark !== undefined) return remark;
  // An image is named by its content's hash.
  if (kind === "machines") {
    return [parts.map((part) => part.replace(/-[0-9a-f]{12}$/, "")).join(", ")];
  }
  const counted = (count: number, what: string) =>
    count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];
  const all = [...counted(keys, "key"), ...counted(certificates, "certificate")];
  return all.length === 0 ? [] : [all.join(", ")];
}

const nodeOf = (box: Box): DotNode => ({
  id: idOf(box),
  title: titleOf(box),
  lines: linesOf(box),
  kind: box.kind,
});

/** The picture of the resources that the program registers, and of their order. */
export function resourceGraph(graph: Graph): Picture {
  const { lanes, boxes, edges, resources } = graph;
  const frames = lanes.map(
    (nodes): DotFrame => ({
      id: nodes[0] ?? "",
      title: nodes.join(", "),
      // Arrows from what exists once per lab come in from the left.
      attributes: { labeljust: nodes === lanes[0] ? "l" : "r" },
      nodes: boxes.filter((box) => box.nodes[0] === nodes[0]).map(nodeOf),
    }),
  );
  const count = lanes.flat().length;
  return {
    title: "The order in which hardway's program makes its resources",
    description: `Drawn by docs/drawPictures.ts from what the program registers for Pulumi.dev.yaml: ${resources} resources, ${count} nodes.`,
    graph: {
      attributes: { rankdir: "TB", nodesep: "0.2", ranksep: "0.4", newrank: "true" },
      frames,
      nodes: boxes.filter(({ nodes }) => nodes.length === 0).map(nodeOf),
      edges: edges.map(({ from, to }) => ({ from: idOf(from), to: idOf(to) })),
    },
    legend,
  };
}
