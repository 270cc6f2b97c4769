import { controlPlaneTaint, isControlPlaneAlone, isKubernetesNode, type Role } from "./roles.ts";

/** A toleration as pods declare it; without an effect, of every effect. */
export interface Toleration {
  readonly key: string;
  readonly operator?: "Exists";
  readonly effect?: string;
}

/** What CoreDNS tolerates, like kubeadm's. */
export const dnsTolerations: readonly Toleration[] = [
  { key: "CriticalAddonsOnly", operator: "Exists" },
  { ...controlPlaneTaint },
];

/** The taints of a node, as kubectl takes them: of its roles and of the config. */
export const taintsOf = (node: {
  readonly roles: readonly Role[];
  readonly taints?: readonly string[] | undefined;
}): readonly string[] => [
  ...(isControlPlaneAlone(node) ? [`${controlPlaneTaint.key}:${controlPlaneTaint.effect}`] : []),
  ...(node.taints ?? []),
];

/** Whether the scheduler may place a pod with these tolerations on a node. */
export function acceptsPods(
  node: Parameters<typeof taintsOf>[0],
  tolerations: readonly Toleration[] = [],
): boolean {
  return (
    isKubernetesNode(node) &&
    taintsOf(node).every((taint) => {
      const [, key = "", effect = ""] = /^([^=:]*).*:([^:]*)$/.exec(taint) ?? [];
      const isTolerated = tolerations.some(
        (one) => one.key === key && (one.effect === undefined || one.effect === effect),
      );
      return isTolerated || effect === "PreferNoSchedule";
    })
  );
}
