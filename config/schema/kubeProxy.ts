import { z } from "zod";
import record from "../upstream/kubeProxyConfiguration.json" with { type: "json" };
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

const schemas: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(
    Object.entries(managedKubeProxySettings).map(([name, remedy]) => [
      name,
      managedSetting(remedy),
    ]),
  ),
  detectLocalMode: choice(["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]),
  "logging.format": choice(["text", "json"]),
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
