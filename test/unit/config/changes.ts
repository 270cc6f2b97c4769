import fc from "fast-check";
import type { Path } from "./allSettings.ts";

/** Every place of a value, itself included. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  const parts = Array.isArray(value)
    ? [...value.keys()]
    : typeof value === "object" && value !== null
      ? Object.keys(value)
      : [];
  return [
    path,
    ...parts.flatMap((key) => pathsOf((value as Record<string, unknown>)[key], [...path, key])),
  ];
}

/** Changes that typing and editors cause. */
export const change = fc.oneof(
  fc.jsonValue().map((value) => () => value),
  fc.constant(() => undefined),
  fc.constant((value: unknown) => [value]),
  fc.constant((value: unknown) => ({ value })),
  fc.constant((value: unknown) => JSON.stringify(value)),
  fc.constant((value: unknown) => (typeof value === "number" ? -value : `${String(value)} `)),
  fc.integer().map((number) => (value: unknown) => (typeof value === "number" ? number : value)),
  fc
    .nat(3)
    .map((place) => (value: unknown) => String(value).replaceAll(/\d+/g, String(place * 97))),
  fc.nat().map((place) => (value: unknown) => {
    const text = String(value);
    const at = place % (text.length + 1);
    return text.slice(0, at) + text.slice(at + 1);
  }),
  fc
    .constantFrom("__proto__", "constructor", "toString", "roles", "", "a.b", "Z")
    .map((key) => (value: unknown) => {
      const text = JSON.stringify(value) as string | undefined;
      return text?.startsWith("{") && text !== "{}"
        ? (JSON.parse(text.replace("{", `{${JSON.stringify(key)}:{"x":1},`)) as unknown)
        : key;
    }),
);
