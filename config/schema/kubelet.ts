import { z } from "zod";
import { setKubeletSettings, unsetKubeletSettings } from "../../model/managed/kubelet.ts";
import gateRecord from "../upstream/featureGates.json" with { type: "json" };
import record from "../upstream/kubeletConfiguration.json" with { type: "json" };
import { kubeletLimits } from "./kubeletLimits.ts";
import { managedSetting, type SettingTypes, settingsOf } from "./settings.ts";
import { expected } from "./values.ts";

/** The Go module version of the recorded settings: `v0.36.4` for Kubernetes v1.36.4. */
export const kubeletModule = record.kubeletModule;

const gates = z
  .record(
    z.string(),
    z.boolean(expected("true or false")),
    expected("a mapping of feature gates, such as NodeSwap: true"),
  )
  .meta({ propertyNames: { enum: Object.keys(gateRecord.gates) } });

/**
 * KubeletConfiguration settings of one node or of all: every setting of the pinned kubelet with its
 * type, except those that hardway manages. The kubelet itself would reject a wrong type, but only
 * log a wrong name.
 */
export const kubeletSettings: z.ZodType<Record<string, unknown>, Record<string, unknown>> = z
  .strictObject(
    {
      ...settingsOf(record.fields as unknown as SettingTypes, kubeletLimits),
      featureGates: gates.optional(),
      ...managed(),
    },
    expected("a mapping of KubeletConfiguration settings, such as maxPods: 50"),
  )
  .meta({
    id: "kubelet",
    description:
      "Settings of the kubelet's config file: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",
  });

function managed(): Record<string, z.ZodType> {
  return Object.fromEntries(
    [...setKubeletSettings, ...unsetKubeletSettings].map((name) => [
      name,
      managedSetting("remove it"),
    ]),
  );
}
