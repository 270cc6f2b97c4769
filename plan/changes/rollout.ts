import type { Lab } from "../../model/lab.ts";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterRecord } from "../record.ts";

/**
 * The names of the living nodes, in the order in which a change reaches them, one after the other.
 * A wrong setting should first reach a node that the cluster can spare: workers come before control
 * planes, and the last node of the config before the first, which is the keepalived node that holds
 * the address.
 *
 * @param record undefined for a new lab, which is created in parallel
 */
export function rolloutOrder(
  { nodes }: Pick<Lab, "nodes">,
  record: ClusterRecord | undefined,
): string[] {
  const living = new Set(record?.nodes.map(({ name }) => name));
  const controlPlanes = nodes.filter(isControlPlane);
  const others = nodes.filter((node) => !isControlPlane(node));
  return [...controlPlanes, ...others]
    .map(({ name }) => name)
    .filter((name) => living.has(name))
    .reverse();
}
