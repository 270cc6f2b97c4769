import { suggestion } from "../../base/wording.ts";
import { versions } from "../../model/versions.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { featureGates } from "../schema/kubelet.ts";
import { seconds } from "../schema/settings.ts";
import type { NodeGroup } from "./nodeGroups.ts";

type Settings = Readonly<Record<string, unknown>>;

/**
 * Defaults: the kubelet's (pkg/kubelet/apis/config/v1beta1/defaults.go), and hardway's for the
 * grace periods (components/node).
 */
const defaults: Settings = {
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  maxParallelImagePulls: 1,
  serializeImagePulls: true,
  shutdownGracePeriod: "30s",
  shutdownGracePeriodCriticalPods: "10s",
};

/**
 * Every broken rule between settings of one kubelet. The node's settings override the cluster's.
 */
export function kubeletRules(
  { kubelet = {} }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  return [
    ...settingRules(["kubelet"], kubelet, {}),
    ...groups.flatMap(({ keys, settings }) =>
      settings.kubelet === undefined
        ? []
        : settingRules([...keys, "kubelet"], settings.kubelet, kubelet),
    ),
  ];
}

/**
 * Reports a problem at the node's settings, unless both settings are the cluster's, where it is
 * reported once.
 */
function settingRules(place: Keys, own: Settings, cluster: Settings): ConfigProblem[] {
  // An invalid setting is undefined here and breaks no rule.
  const all: Settings = { ...defaults, ...cluster, ...own };
  const problems: ConfigProblem[] = [];
  const rule = (keys: readonly string[], broken: boolean, message: string) => {
    const key = keys.find((name) => own[name] !== undefined);
    if (broken && key !== undefined) {
      problems.push(problemAt([...place, key], message));
    }
  };
  const { imageGCLowThresholdPercent: low, imageGCHighThresholdPercent: high } = all;
  rule(
    ["imageGCLowThresholdPercent", "imageGCHighThresholdPercent"],
    Number(low) >= Number(high),
    `imageGCLowThresholdPercent ${Number(low)} must be less than imageGCHighThresholdPercent ${Number(high)}`,
  );
  const { maxParallelImagePulls: pulls, serializeImagePulls: serial } = all;
  rule(
    ["maxParallelImagePulls", "serializeImagePulls"],
    Number(pulls) > 1 && serial === true,
    `maxParallelImagePulls ${Number(pulls)} needs serializeImagePulls: false`,
  );
  const { shutdownGracePeriod: whole, shutdownGracePeriodCriticalPods: critical } = all;
  rule(
    ["shutdownGracePeriodCriticalPods", "shutdownGracePeriod"],
    seconds(critical) > seconds(whole),
    `shutdownGracePeriodCriticalPods ${String(critical)} is part of shutdownGracePeriod ${String(whole)} and cannot be longer`,
  );
  const { shutdownGracePeriodByPodPriority: byPriority } = all;
  rule(
    ["shutdownGracePeriodByPodPriority", "shutdownGracePeriod"],
    Array.isArray(byPriority) && byPriority.length > 0 && seconds(whole) > 0,
    `shutdownGracePeriodByPodPriority replaces shutdownGracePeriod ${String(whole)}; set that and shutdownGracePeriodCriticalPods to 0s`,
  );
  return [...problems, ...gateRules([...place, "featureGates"], own.featureGates)];
}

/**
 * Feature gates that the pinned Kubernetes does not know; with one, kubelet and kube-proxy do not
 * start.
 */
export function gateRules(place: Keys, gates: unknown): ConfigProblem[] {
  return Object.keys(gates ?? {})
    .filter((name) => !featureGates.includes(name))
    .map((name) =>
      problemAt(
        [...place, name],
        `unknown feature gate: Kubernetes ${versions.kubernetes} does not have it${suggestion(name, featureGates)}`,
      ),
    );
}
