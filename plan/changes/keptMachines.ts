import type { ConfigProblem } from "../../config/messages/problem.ts";
import type { BaseImage, Lab, LabNode } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import { planRootDisk } from "../guests.ts";
import type { ClusterRecord, GuestRecord } from "../record.ts";

const guestIn = (record: ClusterRecord, { name }: LabNode): GuestRecord | undefined =>
  record.nodes.find((node) => node.name === name)?.guest;

/**
 * The lab with every machine on the image that it was made from: the config's is for machines to come. Otherwise another image,
 * or a newer build of the same, would make all machines anew at once, with empty disks.
 */
export function withKeptImages(lab: Lab, record: ClusterRecord): Lab {
  const imageOf = (node: LabNode): BaseImage | undefined => {
    const was = guestIn(record, node);
    if (node.host !== undefined || was === undefined) return undefined;
    return changesOf(lab, node, was).length === 0 ? was.rootDisk.image : undefined;
  };
  const nodes = lab.nodes.map((node) => {
    const image = imageOf(node);
    return image === undefined ? node : { ...node, image };
  });
  return { ...lab, nodes };
}

/** One line that names the machines whose image is another than the config's, for the person who has just changed it. */
export function keptImagesNote({ machines: { image }, nodes }: Lab): string | undefined {
  const kept = nodes.filter((node) => node.image !== undefined && node.image.name !== image.name);
  if (kept.length === 0) return undefined;
  const names = [...new Set(kept.map((node) => node.image?.name))].join(", ");
  const nodeNames = kept.map(({ name }) => name).join(", ");
  return `machines.image: ${image.name} is for machines to come; made from ${names}, and staying so: ${nodeNames}`;
}

/**
 * Members of etcd that would begin without their data because their machines' disks would be made anew, if that is more than one,
 * or if too few others are there to have it from.
 */
export function lostMemberProblems(lab: Lab, record: ClusterRecord): ConfigProblem[] {
  const names = new Set(record.nodes.map(({ name }) => name));
  const kept = etcdNodes(lab.nodes).filter(({ name }) => names.has(name));
  const lost = kept.flatMap((node) => {
    const was = guestIn(record, node);
    if (node.host !== undefined || was === undefined) return [];
    const changes = changesOf(lab, node, was).filter(
      ({ what }) => what !== "size" || node.etcdDiskGiB === undefined,
    );
    return changes.length === 0 ? [] : [{ path: node.path, changes }];
  });
  // The others have its data, and with a member less they still are most of a cluster of three.
  if (lost.length === 1 && kept.length >= 3) return [];
  const remedy =
    kept.length < 3
      ? "take that back, or make the cluster anew: ./lab destroy, then ./lab up"
      : "change one node after the other, with ./lab up between";
  return lost.map(({ path, changes }) => ({
    path,
    message: `its root disk would be made anew (${changes.map(({ text }) => text).join(", ")}), and etcd's data on it be lost${lost.length > 1 ? `, as that of ${lost.length - 1} more` : ""}; ${remedy}`,
  }));
}

interface DiskChange {
  readonly what: "place" | "size";
  readonly text: string;
}

/** Why its root disk would be made anew, but for the image; empty where it would not. */
function changesOf(lab: Lab, node: LabNode, was: GuestRecord): DiskChange[] {
  const now = planRootDisk(lab, node);
  const { hypervisor } = node;
  const changes: DiskChange[] = [];
  const tell = (what: DiskChange["what"], text: string) => changes.push({ what, text });
  if (hypervisor !== was.hypervisor) {
    tell(
      "place",
      `on ${hypervisor ?? "machines.libvirt"}, where it is on ${was.hypervisor ?? "machines.libvirt"}`,
    );
  } else if (now.poolPath !== was.rootDisk.poolPath) {
    tell("place", `in ${now.poolPath}, where it is in ${was.rootDisk.poolPath}`);
  }
  if (now.bytes !== was.rootDisk.bytes) {
    tell("size", `${gib(now.bytes)} GiB, where it has ${gib(was.rootDisk.bytes)} GiB`);
  }
  return changes;
}

const gib = (bytes: number): number => bytes / 1024 ** 3;
