import type { ConfigProblem } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import type { ClusterRecord, NodeRecord } from "../record.ts";

/**
 * Names, addresses and members of etcd that a living cluster can't exchange in one `up`: what is new is made first, and only
 * then what is old is undone, which would be the same machine or the only one that has the cluster's data.
 */
export function keptAddressProblems(lab: Lab, { nodes }: ClusterRecord): ConfigProblem[] {
  return [
    ...takenOver(lab, nodes),
    ...movedMembers(lab, etcdNodes(nodes)),
    ...lostCluster(lab, etcdNodes(nodes)),
  ];
}

/** Its machine would be given to the new node, and then cleared of the old one's parts, which are the same. */
function takenOver({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  return nodes.flatMap(({ name, address, path }) => {
    const was = before.find((node) => node.address === address && node.name !== name);
    if (was === undefined) return [];
    const message = `${address} is ${was.name}'s in the cluster that is there, and a machine keeps its name; write another address, or take ${was.name} out, ./lab up, and then put ${name} in`;
    return [{ path: `${path}.address`, message }];
  });
}

/** A member's data names its address, and so do the other members'. */
function movedMembers({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  const byName = new Map(before.map((node) => [node.name, node]));
  return etcdNodes(nodes).flatMap(({ name, address, path }) => {
    const was = byName.get(name);
    if (was === undefined || was.address === address) return [];
    const message = `${address}, but etcd on ${name} was made at ${was.address}, which a member keeps; write ${was.address} again, or put a node of another name in its place, one member after the other; the only member takes ./lab destroy`;
    return [{ path: `${path}.address`, message }];
  });
}

/** New members have the cluster's data from old ones; without any they would begin an empty cluster. */
function lostCluster({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  const members = new Set(etcdNodes(nodes).map(({ name }) => name));
  if (before.length === 0 || before.some(({ name }) => members.has(name))) return [];
  const old = before.map(({ name }) => name).join(", ");
  const message = `${[...members].join(", ")} would run etcd, and nobody that has the cluster's data: that is ${old}; let one of them run etcd beside the new members, ./lab up, and then take it out`;
  return [{ path: "nodes", message }];
}
