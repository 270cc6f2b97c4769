import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import type { ClusterRecord } from "../record.ts";

/** Pods and Services have their addresses from these networks for as long as the cluster lives. */
const kept = ["plugin", "pods", "services"] as const satisfies (keyof ClusterRecord["network"])[];

/** Whatever the config would change of a network that a living cluster keeps. */
export function keptNetworkProblems(
  { network: now }: Lab,
  { network: before }: ClusterRecord,
): ConfigProblem[] {
  return kept
    .filter((key) => before[key] !== now[key])
    .map((key) =>
      problemAt(
        ["network", key],
        `${now[key]}, but this cluster was made with ${before[key]}, which a living cluster keeps; write ${before[key]} again, or make the cluster anew: ./lab destroy, then ./lab up`,
      ),
    );
}
