import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterSchema } from "../../../config/schema/clusterSchema.ts";
import { planOf } from "../../../harness/program/labs.ts";
import { surroundingsOfAll as around, changed, allSettings as good } from "./allSettings.ts";
import { change, pathsOf } from "./changes.ts";

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
