import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import type { ClusterRecord, NodeRecord } from "../record.ts";

/**
 * Names, addresses and etcd members that an existing cluster cannot exchange in one `up`. The
 * program creates before it deletes: what it deletes last would be the same machine, or the only
 * member with the cluster's data.
 */
export function keptAddressProblems(lab: Lab, { nodes }: ClusterRecord): ConfigProblem[] {
  return [
    ...takenOver(lab, nodes),
    ...movedMembers(lab, etcdNodes(nodes)),
    ...lostCluster(lab, etcdNodes(nodes)),
  ];
}

/**
 * The new node would be set up on the old node's machine; deleting the old node's steps would then
 * remove the same files.
 */
function takenOver({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  return nodes.flatMap(({ name, address, keys }) => {
    const was = before.find((node) => node.address === String(address) && node.name !== name);
    if (was === undefined) return [];
    const message = `${address} is the address of ${was.name} in the existing cluster, and a machine keeps its name; write another address, or remove ${was.name}, run ./lab up, and then add ${name}`;
    return [problemAt([...keys, "address"], message)];
  });
}

/** The data of each etcd member contains the addresses of all members. */
function movedMembers({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  const byName = new Map(before.map((node) => [node.name, node]));
  return etcdNodes(nodes).flatMap(({ name, address, keys }) => {
    const was = byName.get(name);
    if (was === undefined || was.address === String(address)) return [];
    const message = `${address}, but etcd on ${name} was made at ${was.address}, which a member keeps; write ${was.address} again, or replace the node by one of another name, one member at a time; a single member needs ./lab destroy`;
    return [problemAt([...keys, "address"], message)];
  });
}

/**
 * New members copy the data of existing members. With none of those, they would form an empty
 * cluster.
 */
function lostCluster({ nodes }: Lab, before: readonly NodeRecord[]): ConfigProblem[] {
  const members = new Set(etcdNodes(nodes).map(({ name }) => name));
  if (before.length === 0 || before.some(({ name }) => members.has(name))) return [];
  const old = before.map(({ name }) => name).join(", ");
  const message = `none of the etcd members (${[...members].join(", ")}) has the cluster's data, which is on ${old}; keep one of those as a member, run ./lab up, then remove it`;
  return [problemAt(["nodes"], message)];
}
