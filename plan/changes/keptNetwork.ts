import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import type { ClusterRecord } from "../record.ts";

/** The addresses of pods and Services depend on these settings as long as the cluster exists. */
const kept = ["plugin", "pods", "services"] as const satisfies (keyof ClusterRecord["network"])[];

/** Reports changes of network settings that an existing cluster keeps. */
export function keptNetworkProblems(
  { network: { plugin, pods, services } }: Lab,
  { network: before }: ClusterRecord,
): ConfigProblem[] {
  const now = { plugin, pods: String(pods), services: String(services) };
  return kept
    .filter((key) => before[key] !== now[key])
    .map((key) =>
      problemAt(
        ["network", key],
        `${now[key]}, but this cluster was created with ${before[key]}, which an existing cluster keeps; write ${before[key]} again, or recreate the cluster: ./lab destroy, then ./lab up`,
      ),
    );
}
