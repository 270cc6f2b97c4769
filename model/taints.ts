import { controlPlaneTaint, isControlPlaneAlone, isKubernetesNode, type Role } from "./roles.ts";

/** A taint of a Node. In text it is `key=value:effect` or `key:effect`, as kubectl takes it. */
export class Taint {
  readonly key: string;
  readonly effect: string;
  readonly value: string | undefined;

  constructor(key: string, effect: string, value?: string) {
    this.key = key;
    this.effect = effect;
    this.value = value;
  }

  /** @param text as the schema accepts it */
  static parse(text: string): Taint {
    const [, key = "", value, effect = ""] = /^([^=:]*)(?:=([^:]*))?:(.*)$/.exec(text) ?? [];
    return new Taint(key, effect, value);
  }

  toString(): string {
    return `${this.key}${this.value === undefined ? "" : `=${this.value}`}:${this.effect}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

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

/** The taints of a node: of its roles and of the config. */
export const taintsOf = (node: {
  readonly roles: readonly Role[];
  readonly taints?: readonly Taint[] | undefined;
}): readonly Taint[] => [
  ...(isControlPlaneAlone(node)
    ? [new Taint(controlPlaneTaint.key, controlPlaneTaint.effect)]
    : []),
  ...(node.taints ?? []),
];

/** Whether the scheduler may place a pod with these tolerations on a node. */
export function acceptsPods(
  node: Parameters<typeof taintsOf>[0],
  tolerations: readonly Toleration[] = [],
): boolean {
  return (
    isKubernetesNode(node) &&
    taintsOf(node).every(({ key, effect }) => {
      const isTolerated = tolerations.some(
        (one) => one.key === key && (one.effect === undefined || one.effect === effect),
      );
      return isTolerated || effect === "PreferNoSchedule";
    })
  );
}
