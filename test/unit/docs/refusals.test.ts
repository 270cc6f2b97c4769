import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { examples } from "../../../docs/refusals/examples.ts";
import { errorsOf, refusalsPage, renderRefusals } from "../../../docs/refusals/writeRefusals.ts";
import { root } from "./allPages.ts";

test("refusals.md is current; node docs/refusals/writeRefusals.ts writes it", () => {
  expect(readFileSync(join(root, refusalsPage), "utf8")).toBe(renderRefusals());
});

test.each(Object.values(examples).flat())("the example is refused: $why", (example) => {
  expect(errorsOf(example)).not.toEqual([]);
});
