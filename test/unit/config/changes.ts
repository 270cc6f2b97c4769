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

/** What hostile or careless hands put into a file. */
const fragments = [
  "*nowhere",
  "&a [*a, *a]",
  "!!merge x",
  "!!binary aGk=",
  "!custom x",
  "<<: {x: 1}",
  "__proto__: {x: 1}",
  "constructor: {x: 1}",
  "? [a, b]\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "\t",
  "\u0000",
  "\ufeff",
  "\u202e",
  "{",
  "[",
  "]",
  "}",
  '"',
  "'",
  "|",
  ">",
  "#",
  ": ",
  "- ",
  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
  "9".repeat(5000),
  "0x7fffffffffffffff",
  ".inf",
  ".nan",
  "~",
  "2026-11-30T00:00:00Z",
];

/** Changes of a file's text: a part cut out, repeated or moved, or something put in between. */
export const textChange: fc.Arbitrary<(text: string) => string> = fc
  .tuple(fc.nat(), fc.nat(40), fc.nat(), fc.constantFrom(...fragments), fc.nat(5))
  .map(([from, length, to, fragment, kind]) => (text: string) => {
    const begin = from % (text.length + 1);
    const end = Math.min(text.length, begin + length);
    const other = to % (text.length + 1);
    const [before, part, after] = [text.slice(0, begin), text.slice(begin, end), text.slice(end)];
    switch (kind) {
      case 0:
        return before + after;
      case 1:
        return before + part + part + after;
      case 2:
        return text.slice(0, other) + part + text.slice(other);
      case 3:
        return text.slice(0, begin);
      case 4:
        return before + fragment + text.slice(begin);
      default:
        return text.replaceAll(/[^\n]*\n/g, (line, at: number) =>
          at <= begin && at + line.length > begin ? line.replace(/^ {2}/, "") : line,
        );
    }
  });
