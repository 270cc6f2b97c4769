import type { CheckFailure } from "../rpc/provider.ts";
import {
  isArchive,
  isArray,
  isAsset,
  isPlainObject,
  isSecret,
  isUnknown,
  type Properties,
  type Value,
} from "../rpc/value.ts";

/** The type of an input; a secret or unknown value is allowed anywhere. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "any"
  | "asset"
  | { readonly oneOf: readonly string[] }
  | { readonly arrayOf: Shape }
  | { readonly mapOf: Shape }
  | { readonly fields: Fields };

export type Fields = { readonly [name: string]: Shape };

/**
 * Reports all faults in the inputs at once. A message names the property and the expected type,
 * never the value, which may be a private key in the wrong place.
 *
 * @param required the required fields
 */
export function failuresOf(
  inputs: Properties,
  fields: Fields,
  required: readonly string[],
): CheckFailure[] {
  return fieldFailures("", inputs, fields, required);
}

function fieldFailures(
  path: string,
  inputs: Properties,
  fields: Fields,
  required: readonly string[],
): CheckFailure[] {
  const failures = required
    .filter((name) => inputs[name] === undefined || inputs[name] === null)
    .map((name) => ({ property: path + name, reason: "expected a value, found none" }));
  for (const [name, value] of Object.entries(inputs)) {
    const shape = fields[name];
    if (shape === undefined) {
      const known = Object.keys(fields).sort().join(", ");
      failures.push({
        property: path + name,
        reason: `unknown property, expected one of ${known}`,
      });
    } else {
      failures.push(...valueFailures(path + name, value, shape));
    }
  }
  return failures;
}

function valueFailures(path: string, value: Value, shape: Shape): CheckFailure[] {
  if (isSecret(value)) return valueFailures(path, value.value, shape);
  if (value === null || isUnknown(value) || shape === "any") return [];
  const wrong = (expected: string) => [
    { property: path, reason: `expected ${expected}, found ${kindOf(value)}` },
  ];
  if (shape === "asset")
    return isAsset(value) || isArchive(value) ? [] : wrong("an asset or archive");
  if (typeof shape === "string") return typeof value === shape ? [] : wrong(`a ${shape}`);
  if ("oneOf" in shape) {
    if (typeof value === "string" && shape.oneOf.includes(value)) return [];
    return [{ property: path, reason: `expected one of ${shape.oneOf.join(", ")}` }];
  }
  if ("arrayOf" in shape) {
    if (!isArray(value)) return wrong("an array");
    return value.flatMap((element, index) =>
      valueFailures(`${path}[${index}]`, element, shape.arrayOf),
    );
  }
  if (!isPlainObject(value)) return wrong("an object");
  if ("fields" in shape) return fieldFailures(`${path}.`, value, shape.fields, []);
  return Object.entries(value).flatMap(([name, element]) =>
    valueFailures(`${path}.${name}`, element, shape.mapOf),
  );
}

function kindOf(value: Value): string {
  if (isArray(value)) return "an array";
  if (isAsset(value) || isArchive(value)) return "an asset";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
