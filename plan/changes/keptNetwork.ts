import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import { isMapping } from "../../config/messages/salvage.ts";
import type { Lab } from "../../model/lab.ts";

/** Of a lab's network, what its cluster was made with and keeps: pods and Services have their addresses from it. */
const kept = ["plugin", "pods", "services"] as const;

export type KeptNetwork = Readonly<Record<(typeof kept)[number], string>>;

export const keptNetwork = ({ plugin, pods, services }: KeptNetwork): KeptNetwork => ({
  plugin,
  pods,
  services,
});

/**
 * Whatever the config would change of a network that a living cluster keeps.
 *
 * @param before what the last `up` said of it; anything else where there was none
 */
export function keptProblems(lab: Lab, before: unknown): ConfigProblem[] {
  const now = keptNetwork(lab.network);
  return kept.flatMap((key) => {
    const was = isMapping(before) ? before[key] : undefined;
    return typeof was !== "string" || was === now[key]
      ? []
      : [
          problemAt(
            ["network", key],
            `${now[key]}, but this cluster was made with ${was}, which a living cluster keeps; write ${was} again, or make the cluster anew: ./lab destroy, then ./lab up`,
          ),
        ];
  });
}
