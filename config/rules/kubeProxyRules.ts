import ipaddr from "ipaddr.js";
import { quote } from "../../base/wording.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { seconds } from "../schema/settings.ts";
import { loggingFaults } from "./loggingRules.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { isNode } from "./nodeRules.ts";
import {
  distinct,
  faultAt,
  gatesFaults,
  listAt,
  mappingAt,
  placeFaults,
  type SettingFault,
  type Settings,
  textAt,
} from "./settingRules.ts";

/** Settings of a kube-proxy that does not run, or with which a kube-proxy would not start. */
export function kubeProxyRules(
  { network, kubeProxy: cluster = {} }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  if (network?.proxy === "none") {
    return unused(cluster, groups);
  }
  const proxies = groups
    .filter(({ settings }) => isNode(settings))
    .map(({ keys, settings }) => ({
      ownPlace: [...keys, "kubeProxy"],
      own: settings.kubeProxy ?? {},
    }));
  const without = { ownPlace: clusterPlace, own: {} };
  return distinct([
    // A wrong gate is reported even if each node replaces the cluster's.
    ...placeFaults(
      { clusterPlace, cluster, ownPlace: clusterPlace, own: {} },
      gatesFaults(cluster),
    ),
    ...(proxies.length === 0 ? [without] : proxies).flatMap((given) =>
      placeFaults(
        { clusterPlace, cluster, ...given },
        kubeProxyFaults({ ...cluster, ...given.own }, network?.proxy),
      ),
    ),
  ]);
}

const clusterPlace = ["kubeProxy"];

function unused(cluster: Settings, groups: readonly NodeGroup[]): ConfigProblem[] {
  const given = [
    ...(Object.keys(cluster).length === 0 ? [] : [["kubeProxy"]]),
    ...groups.flatMap(({ keys, settings }) =>
      settings.kubeProxy === undefined ? [] : [[...keys, "kubeProxy"]],
    ),
  ];
  return given.map((keys) =>
    problemAt(keys, "network.proxy is none, so no kube-proxy runs; remove it"),
  );
}

/**
 * Rules between settings of one kube-proxy: Validate in
 * pkg/proxy/apis/config/validation/validation.go of Kubernetes v1.36.4. The schema has the bounds
 * of single settings.
 */
function* kubeProxyFaults(settings: Settings, mode: string | undefined): Generator<SettingFault> {
  yield* gatesFaults(settings);
  yield* periodFaults(settings, mode);
  yield* localFaults(settings);
  yield* addressFaults(settings, mode);
  yield* loggingFaults(settings);
}

/** Only the periods of the mode that runs are read (config/v1alpha1/conversion.go). */
function* periodFaults(settings: Settings, mode = ""): Generator<SettingFault> {
  const own = mappingAt(settings, mode);
  // A zero is the default too (config/v1alpha1/defaults.go).
  const whole = seconds(own.syncPeriod ?? "30s") || 30;
  const least = seconds(own.minSyncPeriod ?? "1s") || (mode === "ipvs" ? 0 : 1);
  if (whole < 0) {
    yield faultAt("expected a duration above 0s; raise it", [mode, "syncPeriod"]);
  }
  if (least < 0) {
    yield faultAt("expected a duration of 0s or more; raise it", [mode, "minSyncPeriod"]);
  }
  if (least > whole) {
    const place = own.minSyncPeriod === undefined ? "syncPeriod" : "minSyncPeriod";
    yield faultAt(
      `minSyncPeriod ${textAt(own, "minSyncPeriod", "1s")} is more than syncPeriod ${textAt(own, "syncPeriod", "30s")}; lower it, or raise the other`,
      [mode, place],
    );
  }
}

function* localFaults(settings: Settings): Generator<SettingFault> {
  const modes = { BridgeInterface: "bridgeInterface", InterfaceNamePrefix: "interfaceNamePrefix" };
  for (const [mode, key] of Object.entries(modes)) {
    const name = mappingAt(settings, "detectLocal")[key] ?? "";
    if (settings.detectLocalMode === mode && name === "") {
      yield faultAt(
        `${mode} needs detectLocal.${key}; set it, or remove detectLocalMode`,
        "detectLocalMode",
      );
    }
  }
}

function* addressFaults(settings: Settings, mode: string | undefined): Generator<SettingFault> {
  const addresses = listAt(settings, "nodePortAddresses");
  for (const [index, value] of addresses.entries()) {
    const at = ["nodePortAddresses", index];
    if (value === "primary") {
      if (addresses.length > 1) {
        yield faultAt("primary excludes networks; remove it, or the networks", at);
      }
    } else if (!ipaddr.isValidCIDR(String(value))) {
      yield faultAt(`expected primary or networks like 10.17.0.0/24, got ${quote(value)}`, at);
    }
  }
  const excluded = mode === "ipvs" ? listAt(mappingAt(settings, "ipvs"), "excludeCIDRs") : [];
  for (const [index, value] of excluded.entries()) {
    if (!ipaddr.isValidCIDR(String(value))) {
      yield faultAt(`expected a network like 10.17.0.0/24, got ${quote(value)}`, [
        "ipvs",
        "excludeCIDRs",
        index,
      ]);
    }
  }
}
