import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { texts } from "../../../docs/checklist/rows.ts";
import { rowTests } from "../../../docs/checklist/rowTests.ts";
import { checklistPage, renderChecklist, stateOf } from "../../../docs/checklist/writeChecklist.ts";
import { root } from "./allPages.ts";

/** How many rows each of the five texts has; they are numbered from 01. */
const sizes = { S0: 23, S1: 48, S2: 32, S3: 13, S4: 25 };
const ids = Object.entries(sizes).flatMap(([text, size]) =>
  Array.from({ length: size }, (_, index) => `${text}-${String(index + 1).padStart(2, "0")}`),
);
const rows = texts.flatMap((text) => text.rows);
const tests = rowTests(root);

describe("the checklist", () => {
  test("docs/checklist.md is current; node docs/checklist/writeChecklist.ts writes it", () => {
    expect(readFileSync(join(root, checklistPage), "utf8")).toBe(renderChecklist());
  });

  test("has each row of the five texts once", () => {
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  test("tests name only rows that exist", () => {
    expect(tests.length).toBeGreaterThan(60);
    expect(tests.flatMap((one) => one.rows).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("each row that is not open has a test or a page, and the page exists", () => {
    const faults = rows.flatMap((row) => {
      const pages = row.pages ?? [];
      const missing = pages.filter(
        (page) => !existsSync(join(root, "docs", page.replace(/#.*/, ""))),
      );
      const isBare = stateOf(row, tests) === "described" && pages.length === 0;
      return [...missing, ...(isBare ? ["nothing shows it"] : [])].map(
        (fault) => `${row.id}: ${fault}`,
      );
    });
    expect(faults).toEqual([]);
  });

  test("counts a row as shown only by tests that CI always runs", () => {
    const row = { id: "S0-01", asks: "something" };
    const named = { file: "test/a.test.ts", title: "a", rows: ["S0-01"] };
    expect(stateOf(row, [{ ...named, ci: "never" }])).toBe("not in CI");
    expect(stateOf(row, [{ ...named, ci: "sometimes" }])).toBe("sometimes");
    expect(stateOf(row, [{ ...named, ci: "always" }])).toBe("shown");
    expect(stateOf({ ...row, open: "all of it" }, [{ ...named, ci: "always" }])).toBe("open");
  });

  test("knows the tests that CI may leave out", () => {
    const files = (ci: string) =>
      new Set(tests.filter((one) => one.ci === ci).map(({ file }) => file));
    expect(files("never")).toEqual(new Set(["test/e2e/system.test.ts"]));
    expect(files("sometimes")).toEqual(
      new Set(["test/e2e/containers.test.ts", "test/e2e/labs.test.ts"]),
    );
  });
});
