import { type ConfigProblem, type Keys, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import { guestsIn } from "../../model/machines.ts";
import { etcdNodes } from "../../model/roles.ts";
import type { LabGuest } from "../guests.ts";
import type { ClusterRecord } from "../record.ts";

/**
 * etcd disks that the config would add to existing machines, remove or resize. The machine would
 * restart with a disk without etcd's data; if all members did, the cluster would lose its data.
 */
export function keptDiskProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  const members = new Set(etcdNodes(lab.nodes).map(({ name }) => name));
  return guestsIn(lab.nodes).flatMap((node) => {
    const was = record.nodes.find(({ name }) => name === node.name)?.guest;
    if (was === undefined) return [];
    const now = members.has(node.name) ? node.machine.etcdDiskGiB : undefined;
    const then = was.etcdDiskGiB;
    return then === now ? [] : [problemAt(placeOf(node), messageOf(then, now))];
  });
}

/** Where the size is set; at the node if nothing sets it any more. */
const placeOf = ({ keys, machine }: LabGuest): Keys =>
  machine.etcdDiskGiB === undefined ? [...keys, "etcdDiskGiB"] : machine.setAt.etcdDiskGiB;

function messageOf(size: number | undefined, now: number | undefined): string {
  const made = size === undefined ? "without an etcd disk" : `with an etcd disk of ${size}`;
  const back = size === undefined ? "remove the key" : `write ${size} again`;
  return `${now ?? "nothing"}, but this machine was created ${made}, and on another disk etcd would start without its data; ${back}, or replace the node by one of another name, one member at a time; a single member needs ./lab destroy`;
}
