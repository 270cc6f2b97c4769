import { columns } from "../../base/textTable.ts";
import type { Role } from "../../model/roles.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { NodeHealth } from "./smoke.ts";

interface LabNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly address: string;
}

/**
 * A table of the lab's machines.
 *
 * @param health from the API server; undefined if it does not answer
 */
export function nodeTable(
  nodes: readonly LabNode[],
  health: readonly NodeHealth[] | undefined,
): string {
  const state = (node: LabNode): string => {
    if (!isKubernetesNode(node)) return "not a Kubernetes node";
    const seen = health?.find(({ name }) => name === node.name);
    return seen === undefined ? "unknown" : `${seen.ready ? "Ready" : "NotReady"} ${seen.word}`;
  };
  const rows = nodes.map((node) => [node.name, node.roles.join(", "), node.address, state(node)]);
  return columns([["NODE", "ROLES", "ADDRESS", "STATE"], ...rows]);
}
