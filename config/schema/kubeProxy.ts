import { z } from "zod";
import { setKubeProxySettings, unsetKubeProxySettings } from "../../model/managed/kubeProxy.ts";
import record from "../upstream/kubeProxyConfiguration.json" with { type: "json" };
import { atLeast, between, hiddenMetricsVersion, lasting, loggingLimits } from "./kubeletLimits.ts";
import { managedSetting, type SettingTypes, settingsOf } from "./settings.ts";
import { choice, expected } from "./values.ts";

/** The version of the Go module that the settings were recorded from. */
export const kubeProxyModule = record.kubeProxyModule;

/** With the alternative. */
export const managedKubeProxySettings = { ...setKubeProxySettings, ...unsetKubeProxySettings };

const ipvsSchedulers = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "sh",
  "dh",
  "sed",
  "nq",
  "mh",
  "fo",
  "ovf",
  "twos",
] as const;

const notNegative = lasting(0, "0s or more");
const positive = lasting(1e-9, "above 0s");

/** Bounds and choices from pkg/proxy/apis/config/validation/validation.go of Kubernetes v1.36.4. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(
    Object.entries(managedKubeProxySettings).map(([name, remedy]) => [
      name,
      managedSetting(remedy),
    ]),
  ),
  ...loggingLimits,
  "clientConnection.burst": atLeast(0),
  configSyncPeriod: positive,
  "conntrack.maxPerCore": atLeast(0),
  "conntrack.min": atLeast(0),
  "conntrack.tcpCloseWaitTimeout": notNegative,
  "conntrack.tcpEstablishedTimeout": notNegative,
  "conntrack.udpStreamTimeout": notNegative,
  "conntrack.udpTimeout": notNegative,
  detectLocalMode: choice(["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]),
  "iptables.masqueradeBit": between(0, 31),
  // The modules of the Linux kernel; kube-proxy exits with any other.
  "ipvs.scheduler": choice(ipvsSchedulers),
  "ipvs.tcpFinTimeout": notNegative,
  "ipvs.tcpTimeout": notNegative,
  "ipvs.udpTimeout": notNegative,
  "nftables.masqueradeBit": between(0, 31),
  oomScoreAdj: between(-1000, 1000),
  showHiddenMetricsForVersion: hiddenMetricsVersion(record.kubeProxyModule),
};

/**
 * KubeProxyConfiguration settings of one node or of all, like `kubeletSettings` for the kubelet.
 */
export const kubeProxySettings: z.ZodType<Record<string, unknown>, Record<string, unknown>> = z
  .strictObject(
    {
      ...settingsOf(record.fields as unknown as SettingTypes, schemas),
      apiVersion: schemas.apiVersion,
      kind: schemas.kind,
    } as Record<string, z.ZodType>,
    expected("a mapping of KubeProxyConfiguration settings, such as nodePortAddresses: [primary]"),
  )
  .meta({
    id: "kubeProxy",
    description:
      "Settings of kube-proxy's config file: https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/",
  });
