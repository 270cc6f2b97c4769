import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Lab, LabNode } from "../../model/lab.ts";
import { guestsIn, isGuest } from "../../model/machines.ts";
import { etcdNodes } from "../../model/roles.ts";
import { type LabGuest, planRootDisk } from "../guests.ts";
import type { ClusterRecord, GuestRecord } from "../record.ts";

const guestIn = (record: ClusterRecord, { name }: LabNode): GuestRecord | undefined =>
  record.nodes.find((node) => node.name === name)?.guest;

/**
 * Returns the lab with each machine on the image it was created from; the config's image is for new
 * machines. Otherwise another image, or a newer build, would recreate all machines with empty
 * disks.
 */
export function withKeptImages(lab: Lab, record: ClusterRecord): Lab {
  const nodes = lab.nodes.map((node) => {
    const was = guestIn(record, node);
    return isGuest(node) && was !== undefined && changesOf(lab, node, was).length === 0
      ? { ...node, machine: { ...node.machine, image: was.rootDisk.image } }
      : node;
  });
  return { ...lab, nodes };
}

/** Names the machines whose image differs from the config's; undefined if there are none. */
export function keptImagesNote({ machines: { image }, nodes }: Lab): ConfigProblem | undefined {
  const kept = guestsIn(nodes).flatMap(({ name, machine: { image: was } }) =>
    was === undefined || was.name === image.name ? [] : [{ name, image: was.name }],
  );
  if (kept.length === 0) return undefined;
  const names = [...new Set(kept.map((node) => node.image))].join(", ");
  const nodeNames = kept.map(({ name }) => name).join(", ");
  return problemAt(
    ["machines", "image"],
    `${image.name} is for new machines; created from ${names}, which they keep: ${nodeNames}`,
  );
}

/**
 * Reports etcd members whose disks would be recreated, if more than one would lose its data or too
 * few others remain to copy it from.
 */
export function lostMemberProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  const names = new Set(etcdNodes(record.nodes).map(({ name }) => name));
  const kept = etcdNodes(lab.nodes).filter(({ name }) => names.has(name));
  const lost = kept.flatMap((node) => {
    const was = guestIn(record, node);
    if (!isGuest(node) || was === undefined) return [];
    const changes = changesOf(lab, node, was).filter(
      ({ what }) => what !== "size" || node.machine.etcdDiskGiB === undefined,
    );
    return changes.length === 0 ? [] : [{ keys: node.keys, changes }];
  });
  // The others have the data, and two of three members are a quorum.
  if (lost.length === 1 && kept.length >= 3) return [];
  const remedy =
    kept.length < 3
      ? "revert the change, or recreate the cluster: ./lab destroy, then ./lab up"
      : "change one node at a time, with ./lab up after each";
  return lost.map(({ keys, changes }) =>
    problemAt(
      keys,
      `its root disk would be recreated (${changes.map(({ text }) => text).join(", ")}) and etcd's data on it lost${lost.length > 1 ? `, with that of ${lost.length - 1} more` : ""}; ${remedy}`,
    ),
  );
}

interface DiskChange {
  readonly what: "place" | "size";
  readonly text: string;
}

/** Why a node's root disk would be recreated, apart from its image; empty if it would not. */
function changesOf(lab: Lab, node: LabGuest, was: GuestRecord): DiskChange[] {
  const now = planRootDisk(lab, node);
  const { hypervisor } = node.machine;
  const changes: DiskChange[] = [];
  const tell = (what: DiskChange["what"], text: string) => changes.push({ what, text });
  if (hypervisor !== was.hypervisor) {
    tell(
      "place",
      `on ${hypervisor ?? "machines.libvirt"}, now on ${was.hypervisor ?? "machines.libvirt"}`,
    );
  } else if (now.poolPath !== was.rootDisk.poolPath) {
    tell("place", `in ${now.poolPath}, now in ${was.rootDisk.poolPath}`);
  }
  if (now.bytes !== was.rootDisk.bytes) {
    tell("size", `${gib(now.bytes)} GiB, now ${gib(was.rootDisk.bytes)} GiB`);
  }
  return changes;
}

const gib = (bytes: number): number => bytes / 1024 ** 3;
