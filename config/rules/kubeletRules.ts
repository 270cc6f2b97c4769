import { shutdownDefaults } from "../../model/managed/kubelet.ts";
import type { ConfigProblem } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { kubeletManagerFaults } from "./kubeletManagers.ts";
import { type KubeletMachine, kubeletReservationFaults } from "./kubeletReservations.ts";
import { kubeletResourceFaults } from "./kubeletResources.ts";
import { kubeletSettingFaults } from "./kubeletSettings.ts";
import { loggingFaults } from "./loggingRules.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { isNode } from "./nodeRules.ts";
import {
  distinct,
  gatesFaults,
  placeFaults,
  type SettingFault,
  type Settings,
} from "./settingRules.ts";

/**
 * Defaults: the kubelet's (pkg/kubelet/apis/config/v1beta1/defaults.go of Kubernetes v1.36.4), and
 * hardway's for the grace periods (`shutdownDefaults`).
 */
const defaults: Settings = {
  cgroupsPerQOS: true,
  cpuManagerPolicy: "none",
  enableSystemLogHandler: true,
  enforceNodeAllocatable: ["pods"],
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAge: "2m",
  imagePullCredentialsVerificationPolicy: "NeverVerifyPreloadedImages",
  memoryManagerPolicy: "None",
  tlsMinVersion: "VersionTLS12",
  topologyManagerPolicy: "none",
};

const withDefaults = (settings: Settings): Settings => ({
  ...defaults,
  ...shutdownDefaults(settings),
  ...settings,
});

/**
 * Settings with which a node's kubelet would not start. The node's settings override the cluster's,
 * so each node is checked with the settings that its kubelet gets.
 */
export function kubeletRules(
  { kubelet: cluster = {}, machines }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  const kubelets = groups
    .filter(({ settings }) => isNode(settings))
    .map(({ keys, settings }) => ({
      ownPlace: [...keys, "kubelet"],
      own: settings.kubelet ?? {},
      machine: {
        cpus: settings.host === undefined ? (settings.cpus ?? machines?.cpus) : undefined,
        memoryMiB:
          settings.host === undefined ? (settings.memoryMiB ?? machines?.memoryMiB) : undefined,
      },
    }));
  const without = { ownPlace: clusterPlace, own: {}, machine: noMachine };
  return distinct([
    // A wrong gate is reported even if each node replaces the cluster's.
    ...placeFaults(
      { clusterPlace, cluster, ownPlace: clusterPlace, own: {} },
      gatesFaults(cluster),
    ),
    ...(kubelets.length === 0 ? [without] : kubelets).flatMap(({ machine, ...given }) =>
      placeFaults(
        { clusterPlace, cluster, ...given },
        kubeletFaults(withDefaults({ ...cluster, ...given.own }), machine),
      ),
    ),
  ]);
}

const clusterPlace = ["kubelet"];

const noMachine: KubeletMachine = { cpus: undefined, memoryMiB: undefined };

/** @param settings with defaults; those of a default do not have to be present */
function* kubeletFaults(settings: Settings, machine: KubeletMachine): Generator<SettingFault> {
  yield* gatesFaults(settings);
  yield* kubeletSettingFaults(settings);
  yield* kubeletResourceFaults(settings);
  yield* kubeletReservationFaults(settings, machine);
  yield* kubeletManagerFaults(settings, machine);
  yield* loggingFaults(settings);
}
