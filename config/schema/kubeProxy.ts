import { z } from "zod";
import record from "../upstream/kubeProxyConfiguration.json" with { type: "json" };
import { atLeast, between, hiddenMetricsVersion, lasting, loggingLimits } from "./kubeletLimits.ts";
import { managedSetting, type SettingTypes, settingsOf } from "./settings.ts";
import { choice, expected } from "./values.ts";

/** The version of the Go module that the settings were recorded from. */
export const kubeProxyModule = record.kubeProxyModule;

/**
 * KubeProxyConfiguration settings that hardway manages, with the alternative. A dot separates a
 * mapping from its key.
 */
export const managedKubeProxySettings: Readonly<Record<string, string>> = {
  apiVersion: "remove it",
  kind: "remove it",
  mode: "write network.proxy",
  clusterCIDR: "write network.pods",
  hostnameOverride: "a node's name is its key in nodes",
  bindAddress: "it is the node's address; remove it",
  "clientConnection.kubeconfig": "it connects to the API's address as its own user; remove it",
  healthzBindAddress: "its step checks its health at 127.0.0.1:10256; remove it",
  metricsBindAddress: "its metrics are on this machine only, at 127.0.0.1:10249; remove it",
  winkernel: "it applies to Windows only; remove it",
  windowsRunAsService: "it applies to Windows only; remove it",
};

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
