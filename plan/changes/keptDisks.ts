import type { ConfigProblem } from "../../config/messages/problem.ts";
import { isMapping } from "../../config/messages/salvage.ts";
import type { Lab } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";

/**
 * Disks of etcd that the config would add to machines that are there, take from them, or make in another size. A machine would
 * start again with a disk on which etcd's data is not; and of all members at once, the cluster would lose it.
 *
 * @param before what the last `up` said of the nodes; anything else where there was none
 */
export function keptDiskProblems(lab: Lab, before: unknown): ConfigProblem[] {
  const known = Array.isArray(before) ? before.filter(isMapping) : [];
  const members = new Set(etcdNodes(lab.nodes));
  return lab.nodes.flatMap((node) => {
    const was = known.find(({ name }) => name === node.name);
    if (node.host !== undefined || typeof was?.domain !== "string") {
      return [];
    }
    const [then, now] = [was.etcdDiskGiB, members.has(node) ? node.etcdDiskGiB : undefined];
    return then === now
      ? []
      : [{ path: `${node.path}.etcdDiskGiB`, message: messageOf(then, now) }];
  });
}

function messageOf(then: unknown, now: number | undefined): string {
  const size = typeof then === "number" ? then : undefined;
  const made = size === undefined ? "without such a disk" : `with one of ${size}`;
  const back = size === undefined ? "take it out again" : `write ${size} again`;
  return `${now ?? "nothing"}, but this machine was made ${made}, and on another disk etcd would begin without its data; ${back}, or put a node of another name in its place, one member after the other; the only member takes ./lab destroy`;
}
