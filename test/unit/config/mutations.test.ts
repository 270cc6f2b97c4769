import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterSchema } from "../../../config/schema/clusterSchema.ts";
import { planOf } from "../../../harness/program/labs.ts";
import {
  surroundingsOfAll as around,
  changed,
  allSettings as good,
  type Path,
} from "./allSettings.ts";

function pathsOf(value: unknown, path: Path = []): Path[] {
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
const change = fc.oneof(
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

test("the good config builds, and says something of all that there is", () => {
  expect(planOf(labFrom(good, around)).nodes).toHaveLength(5);
  expect(Object.keys(good).sort()).toEqual(Object.keys(clusterSchema.shape).sort());
});

test("a config with one thing changed is refused in words, or builds", () => {
  const seen = { refused: 0, built: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(good)), change, (path, by) => {
      const mutated = changed(good, path, by);
      // In the engine's form: without values that JSON lacks.
      const raw: unknown = mutated === undefined ? undefined : JSON.parse(JSON.stringify(mutated));
      try {
        planOf(labFrom(raw, around));
        seen.built++;
      } catch (error) {
        if (!(error instanceof ConfigError)) {
          throw error;
        }
        seen.refused++;
        for (const { message } of error.problems) {
          // zod's default message would mean that a rule has no message.
          expect(message).not.toMatch(/Invalid|undefined|NaN|must match pattern|Too (big|small)/);
        }
        expect(error.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
  expect(seen.refused).toBeGreaterThan(500);
  expect(seen.built).toBeGreaterThan(25);
});
