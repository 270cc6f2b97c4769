import type { BaseImage, Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { guestsIn, type OnGuest } from "../model/machines.ts";
import type { HypervisorPlan } from "./clusterPlan.ts";

/** Leaves out hypervisors without guests, which need not be reachable. */
export function planHypervisors(lab: Lab): HypervisorPlan[] {
  const guests = guestsIn(lab.nodes);
  return lab.machines.hypervisors.flatMap(({ name, uri, pool, bridge }) => {
    const own = guests.filter(({ machine }) => machine.hypervisor === name);
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

/** The image of a guest. One that exists keeps the image that it was created from. */
export const imageOf = ({ machines }: Lab, { machine }: OnGuest<LabNode>): BaseImage =>
  machine.image ?? machines.image;

/** Each lab has its own directory in a hypervisor's pool directory. */
export const poolPathOf = ({ name }: Lab, pool: Hypervisor["pool"]): string => `${pool}/${name}`;
