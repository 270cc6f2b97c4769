import { z } from "zod";
import { quote } from "../../base/wording.ts";
import { expected } from "./values.ts";

/** Schemas for settings of a component's config file, from the recorded Go types of its decoder. */

/** A setting's type, as recorded by `recordKubelet.ts` and similar scripts. */
export type SettingType =
  | "bool"
  | "int"
  | "number"
  | "string"
  | "duration"
  | "quantity"
  | "any"
  | { readonly listOf: SettingType }
  | { readonly mapOf: SettingType }
  | { readonly fields: SettingTypes };

/** Types by setting name. */
export type SettingTypes = Readonly<Record<string, SettingType>>;

type Schemas = Readonly<Record<string, z.ZodType>>;

/** The format of Go's time.ParseDuration. */
export const duration = /^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)$/;

const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Converts a valid Go duration to seconds. Non-strings give NaN. */
export function seconds(duration: unknown): number {
  if (typeof duration !== "string") {
    return Number.NaN;
  }
  const sum = [...duration.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (total, [, amount, unit = "s"]) => total + Number(amount) * (unitSeconds[unit] ?? 1),
    0,
  );
  return duration.startsWith("-") ? -sum : sum;
}

const suffixFactor: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Converts a resource.Quantity to a number. Anything else gives NaN. */
export function amount(value: unknown): number {
  const text = String(value);
  if (!quantity.test(text)) {
    return Number.NaN;
  }
  const [, digits = "", suffix = ""] = /^(.*?)([numkMGTPE]i?|Ki)?$/.exec(text) ?? [];
  return Number(digits) * (suffixFactor[suffix] ?? 1);
}

/** The format of Kubernetes' resource.Quantity. */
const quantity = /^[-+]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/;

/**
 * Returns a schema for each setting of a component's config file.
 *
 * @param own schemas that override a recorded type, by name; a dot separates a mapping from its key
 */
export function settingsOf(fields: SettingTypes, own: Schemas, parent = ""): Schemas {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      (own[`${parent}${name}`] ?? schemaOf(field, own, `${parent}${name}.`)).optional(),
    ]),
  );
}

/** A setting that hardway manages, with the alternative. */
export const managedSetting = (remedy: string): z.ZodType =>
  z.never(`is managed by hardway; ${remedy}`).describe("Managed by hardway").optional();

function schemaOf(field: SettingType, own: Schemas, path: string): z.ZodType {
  if (typeof field !== "string") {
    if ("listOf" in field) {
      return z.array(schemaOf(field.listOf, own, path), expected("a list"));
    }
    if ("mapOf" in field) {
      return z.record(z.string(), schemaOf(field.mapOf, own, path), expected("a mapping"));
    }
    return z.strictObject(
      settingsOf(field.fields, own, path),
      expected(`a mapping with ${Object.keys(field.fields).join(", ")}`),
    );
  }
  return leaf(field);
}

function leaf(field: Extract<SettingType, string>): z.ZodType {
  switch (field) {
    case "bool":
      return z.boolean(expected("true or false"));
    case "int": {
      // Every such setting without own bounds is an int32 upstream.
      const kind = expected("a whole number");
      return z.int(kind).min(-2_147_483_648, kind).max(2_147_483_647, kind);
    }
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
