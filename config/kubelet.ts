import { z } from "zod";
import record from "./kubeletConfiguration.json" with { type: "json" };
import { kubeletLimits, managedKubeletSettings } from "./kubeletLimits.ts";
import { quote } from "./sentence.ts";
import { expected } from "./values.ts";

/** Every feature gate that the pinned kubelet knows; with another one it does not start. */
export const featureGates: readonly string[] = record.featureGates;

/** What the kubelet's decoder takes for a setting, as `recordKubelet.ts` records it. */
export type KubeletField =
  | "bool"
  | "int"
  | "number"
  | "string"
  | "duration"
  | "quantity"
  | "any"
  | { readonly listOf: KubeletField }
  | { readonly mapOf: KubeletField }
  | { readonly fields: KubeletFields };

export type KubeletFields = Readonly<Record<string, KubeletField>>;

/** As Go's time.ParseDuration reads it. */
const duration = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+)$/;

/** As Kubernetes' resource.Quantity reads it. */
const quantity = /^[-+]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/;

/** The version of the Go module that the settings were recorded from, `v0.36.4` for Kubernetes v1.36.4. */
export const kubeletModule = record.kubeletModule;

const gates = z
  .record(
    z.string(),
    z.boolean(expected("true or false")),
    expected("a mapping of feature gates, such as NodeSwap: true"),
  )
  .meta({ propertyNames: { enum: [...featureGates] } });

/**
 * KubeletConfiguration settings of one node or of all: every setting that the pinned kubelet knows, with its type,
 * but those that this program sets itself. The kubelet would refuse a wrong type and log, then forget, a wrong name.
 */
export const kubeletSettings: z.ZodType<Record<string, unknown>, Record<string, unknown>> = z
  .strictObject(
    {
      ...settingsOf(record.fields as unknown as KubeletFields, ""),
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
    managedKubeletSettings.map((name) => [
      name,
      z
        .never("is managed by this program; remove it")
        .describe("Managed by this program")
        .optional(),
    ]),
  );
}

function settingsOf(fields: KubeletFields, parent: string): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      (kubeletLimits[`${parent}${name}`] ?? schemaOf(field, `${parent}${name}.`)).optional(),
    ]),
  );
}

function schemaOf(field: KubeletField, path: string): z.ZodType {
  if (typeof field !== "string") {
    if ("listOf" in field) {
      return z.array(schemaOf(field.listOf, path), expected("a list"));
    }
    if ("mapOf" in field) {
      return z.record(z.string(), schemaOf(field.mapOf, path), expected("a mapping"));
    }
    return z.strictObject(
      settingsOf(field.fields, path),
      expected(`a mapping with ${Object.keys(field.fields).join(", ")}`),
    );
  }
  return leaf(field);
}

function leaf(field: Extract<KubeletField, string>): z.ZodType {
  switch (field) {
    case "bool":
      return z.boolean(expected("true or false"));
    case "int":
      return z.int(expected("a whole number"));
    case "number":
      return z.number(expected("a number"));
    case "string":
      return z.string(
        expected("text", (input) =>
          typeof input === "number" || typeof input === "boolean"
            ? `; write "${quote(input)}" with quotes`
            : "",
        ),
      );
    case "duration": {
      const kind = expected("a duration like 30s or 1h30m");
      return z.string(kind).regex(duration, kind);
    }
    case "quantity": {
      const kind = expected("an amount like 100Mi or 500m");
      return z.union([z.string(kind).regex(quantity, kind), z.number(kind)], kind);
    }
    case "any":
      return z.unknown();
  }
}
