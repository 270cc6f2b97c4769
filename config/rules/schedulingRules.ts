import { acceptsPods, dnsTolerations } from "../../model/taints.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { NodeGroup } from "./nodeGroups.ts";

/** Some node must accept CoreDNS; otherwise `up` waits for it until its timeout. */
export function schedulingRules(groups: readonly NodeGroup[]): ConfigProblem[] {
  const present = groups.filter(({ count }) => count !== 0);
  const canRun = present.map(({ settings: { roles, taints } }) =>
    // An invalid node may be the missing one.
    roles === undefined ? true : acceptsPods({ roles, taints }, dnsTolerations),
  );
  const tainted = present.filter(({ settings }) => (settings.taints?.length ?? 0) > 0);
  const [first] = tainted;
  if (first === undefined || canRun.includes(true)) return [];
  const names = tainted.map(({ path }) => path).join(", ");
  return [
    problemAt(
      [...first.keys, "taints"],
      `no node could run CoreDNS, so names of Services would not resolve and up would never end: every worker has a taint that it does not tolerate (${names}); leave one worker without taints, or use the effect PreferNoSchedule`,
    ),
  ];
}
