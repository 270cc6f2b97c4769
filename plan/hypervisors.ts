import type { BaseImage, Hypervisor, Lab, LabNode } from "../model/lab.ts";
import type { HypervisorPlan } from "./clusterPlan.ts";

/** One that makes no machine is left alone: it need not even answer. */
export function planHypervisors(lab: Lab): HypervisorPlan[] {
  const guests = lab.nodes.filter(({ host }) => host === undefined);
  return lab.machines.hypervisors.flatMap(({ name, uri, pool, bridge }) => {
    const own = guests.filter(({ hypervisor }) => hypervisor === name);
    const images = new Map(own.map((node) => imageOf(lab, node)).map((image) => [image.id, image]));
    return own.length === 0
      ? []
      : [
          {
            ...(name === undefined ? {} : { name }),
            uri,
            poolPath: poolPathOf(lab, pool),
            images: [...images.values()],
            ...(bridge === undefined ? {} : { bridge }),
          },
        ];
  });
}

/** A machine that is there keeps the image that it was made from. */
export const imageOf = ({ machines }: Lab, node: LabNode): BaseImage =>
  node.image ?? machines.image;

/** Each lab has a folder of its own in a hypervisor's directory. */
export const poolPathOf = ({ name }: Lab, pool: Hypervisor["pool"]): string => `${pool}/${name}`;
