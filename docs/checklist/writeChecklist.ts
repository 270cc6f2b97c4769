import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Row, texts } from "./rows.ts";
import { type CiRun, type RowTest, rowTests } from "./rowTests.ts";

const root = join(import.meta.dirname, "../..");

/** The page that this file writes, by its path in the repository. */
export const checklistPage = "docs/checklist.md";

/** Whether a row is shown: by a test that CI always runs, or by a page if no test names it. */
export type State = "shown" | "sometimes" | "not in CI" | "described" | "open";

export function stateOf(row: Row, tests: readonly RowTest[]): State {
  if (row.open !== undefined) return "open";
  const runs = tests.filter(({ rows }) => rows.includes(row.id)).map(({ ci }) => ci);
  const states: readonly [CiRun, State][] = [
    ["always", "shown"],
    ["sometimes", "sometimes"],
    ["never", "not in CI"],
  ];
  return states.find(([ci]) => runs.includes(ci))?.[1] ?? "described";
}

const marks: Readonly<Record<CiRun, string>> = {
  always: "",
  sometimes: " (CI may leave it out)",
  never: " (CI does not run it)",
};

const linkTo = (page: string): string =>
  `[${page.endsWith(".md") || page.includes(".md#") ? page.replace(/#.*/, "").replace(/^\.\.\//, "") : basename(page)}](${page})`;

const testLine = ({ file, title, ci }: RowTest): string =>
  `[${basename(file)}](../${file}): ${title.replaceAll("|", "\\|")}${marks[ci]}`;

function renderRow(row: Row, tests: readonly RowTest[]): string {
  const named = tests.filter(({ rows }) => rows.includes(row.id)).map(testLine);
  const proofs = [...(row.pages ?? []).map(linkTo), ...named].join("<br>");
  const state = stateOf(row, tests);
  return `| ${row.id} | ${row.asks} | ${state} | ${row.open ?? proofs} |`;
}

/** The whole page. */
export function renderChecklist(): string {
  const tests = rowTests(root);
  const rows = texts.flatMap((text) => text.rows);
  const count = (state: State) => rows.filter((row) => stateOf(row, tests) === state).length;
  return [
    "# Checklist",
    "",
    "<!-- Written by docs/checklist/writeChecklist.ts from docs/checklist/rows.ts and from the tests that name rows. -->",
    "",
    "Five texts by people who built or wanted a cluster by hand stood at this project's beginning ([labs](labs/README.md)). This",
    "page lists what they ask for. A test names the rows that it shows by `meta: { rows: [...] }`; `node",
    "docs/checklist/writeChecklist.ts` writes the page from these names, and a test compares both.",
    "",
    "| state | rows | meaning |",
    "|---|---|---|",
    `| shown | ${count("shown")} | a test that [\`.ci/run\`](../.ci/run) always runs names the row |`,
    `| sometimes | ${count("sometimes")} | only tests that CI may leave out name it: CI's time is limited, or the machine cannot run them |`,
    `| not in CI | ${count("not in CI")} | only tests that CI does not run name it |`,
    `| described | ${count("described")} | a page or a file shows it; no test names it |`,
    `| open | ${count("open")} | something is missing |`,
    "",
    ...texts.flatMap(({ title, rows: own }) => [
      `## ${title.replace(/ \(\[.*/, "")}`,
      "",
      `${title.replace(/^.*\(\[/, "Its page: [").replace(/\)$/, "")}.`,
      "",
      "| row | asks for | state | shown by, or what is missing |",
      "|---|---|---|---|",
      ...own.map((row) => renderRow(row, tests)),
      "",
    ]),
  ].join("\n");
}

if (import.meta.main) {
  writeFileSync(join(root, checklistPage), renderChecklist());
}
