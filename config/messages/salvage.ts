import { z } from "zod";
import type { Keys } from "./problem.ts";

/** A value in which any part may be missing, because it was invalid or not given. */
export type Draft<T> = T extends readonly unknown[] | { toJSON(): unknown }
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

/**
 * Returns the valid parts of a value, with defaults. An invalid part becomes undefined under its
 * key; a part that was not given and has no default has no key; a list with an invalid part is
 * invalid as a whole. So one typing error does not hide a broken rule elsewhere.
 */
export function salvage<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Draft<z.infer<Schema>> | undefined {
  return soundPart(schema, value) as Draft<z.infer<Schema>> | undefined;
}

function soundPart(schema: z.core.$ZodType, value: unknown): unknown {
  const whole = z.safeParse(schema, value);
  if (whole.success) {
    return whole.data;
  }
  const inner = unwrap(schema);
  if (!isMapping(value)) {
    return undefined;
  }
  if (inner instanceof z.ZodObject) {
    const shape = Object.entries<z.core.$ZodType>(inner.shape);
    const parts = shape.map(([key, part]) => [key, soundPart(part, own(value, key))] as const);
    return Object.fromEntries(
      parts.filter(([key, part]) => part !== undefined || Object.hasOwn(value, key)),
    );
  }
  if (inner instanceof z.ZodRecord) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, part]) => [key, soundPart(inner.valueType, part)]),
    );
  }
  return undefined;
}

/** The schema without its default and optionality. */
export function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of an own key, never an inherited one such as `constructor`. */
export function own(mapping: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** The part of a value that these keys lead to; undefined if it has none. */
export const partAt = (value: unknown, keys: Keys): unknown =>
  keys.reduce<unknown>((part, key) => {
    if (Array.isArray(part)) return part[Number(key)];
    return isMapping(part) ? own(part, String(key)) : undefined;
  }, value);
