import { z } from "zod";

/** A value of which any part may be missing, because it was malformed or not given. */
export type Draft<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

/**
 * What is well-formed of a value: each part that its schema takes, defaults filled in. A part that it refuses has its
 * key, with undefined; one that was not given and has no default has no key; a list with a refused part is refused as
 * a whole. So one typing mistake does not hide a broken rule elsewhere.
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

/** The schema without its default and without the leave to be absent. */
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

/** A key's value; never what every object inherits, such as `constructor`. */
export function own(mapping: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
