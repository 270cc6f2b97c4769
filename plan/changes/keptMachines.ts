import { z } from "zod";
import type { ConfigProblem } from "../../config/messages/problem.ts";
import type { BaseImage, Lab, LabNode } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import { cpuLevels } from "../../model/versions.ts";
import { planRootDisk } from "../guests.ts";

/** What the last `up` said of a machine that it made; see `nodes` in `index.ts`. */
const machineBefore = z.object({
  name: z.string(),
  domain: z.string(),
  hypervisor: z.string().optional(),
  rootDisk: z.object({
    poolPath: z.string(),
    bytes: z.number(),
    image: z.object({
      name: z.string(),
      id: z.string(),
      source: z.string(),
      cpuLevel: z.enum(cpuLevels),
    }),
  }),
});

type MachineBefore = z.infer<typeof machineBefore>;

function machinesBefore(before: unknown): ReadonlyMap<string, MachineBefore> {
  const machines = (Array.isArray(before) ? before : []).flatMap((one: unknown) => {
    const { data } = machineBefore.safeParse(one);
    return data === undefined ? [] : [data];
  });
  return new Map(machines.map((machine) => [machine.name, machine]));
}

/**
 * The lab with every machine on the image that it was made from: the config's is for machines to come. Otherwise another image,
 * or a newer build of the same, would make all machines anew at once, with empty disks.
 *
 * @param before what the last `up` said of the nodes; anything else where there was none
 */
export function withKeptImages(lab: Lab, before: unknown): Lab {
  const machines = machinesBefore(before);
  const imageOf = (node: LabNode): BaseImage | undefined => {
    const was = machines.get(node.name);
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
 *
 * @param before what the last `up` said of the nodes; anything else where there was none
 */
export function lostMemberProblems(lab: Lab, before: unknown): ConfigProblem[] {
  const machines = machinesBefore(before);
  const kept = etcdNodes(lab.nodes).filter(({ name }) => namesOf(before).has(name));
  const lost = kept.flatMap((node) => {
    const was = machines.get(node.name);
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

const namesOf = (before: unknown): ReadonlySet<unknown> =>
  new Set((Array.isArray(before) ? before : []).map((one: { name?: unknown } | null) => one?.name));

interface DiskChange {
  readonly what: "place" | "size";
  readonly text: string;
}

/** Why its root disk would be made anew, but for the image; empty where it would not. */
function changesOf(lab: Lab, node: LabNode, was: MachineBefore): DiskChange[] {
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
