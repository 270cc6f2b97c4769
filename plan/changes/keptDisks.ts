import type { ConfigProblem } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import type { ClusterRecord } from "../record.ts";

/**
 * Disks of etcd that the config would add to machines that are there, take from them, or make in another size. A machine would
 * start again with a disk on which etcd's data is not; and of all members at once, the cluster would lose it.
 */
export function keptDiskProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  const members = new Set(etcdNodes(lab.nodes));
  return lab.nodes.flatMap((node) => {
    const was = record.nodes.find(({ name }) => name === node.name)?.guest;
    if (node.host !== undefined || was === undefined) return [];
    const [then, now] = [was.etcdDiskGiB, members.has(node) ? node.etcdDiskGiB : undefined];
    return then === now
      ? []
      : [{ path: `${node.path}.etcdDiskGiB`, message: messageOf(then, now) }];
  });
}

function messageOf(size: number | undefined, now: number | undefined): string {
  const made = size === undefined ? "without such a disk" : `with one of ${size}`;
  const back = size === undefined ? "take it out again" : `write ${size} again`;
  return `${now ?? "nothing"}, but this machine was made ${made}, and on another disk etcd would begin without its data; ${back}, or put a node of another name in its place, one member after the other; the only member takes ./lab destroy`;
}
