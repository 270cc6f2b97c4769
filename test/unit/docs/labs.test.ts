import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { pages as allPages, root } from "./allPages.ts";
import { tableRows } from "./markdown.ts";

/** What the pages of docs/labs say of the checklist that the project grew from: each row is shown somewhere, or open. */

const pages = allPages.filter(({ file }) => dirname(file) === "docs/labs");

/** How many rows each of the five texts has; they are numbered from 01 on. */
const sizes = { S0: 23, S1: 48, S2: 32, S3: 13, S4: 25 };
const checklist = Object.entries(sizes).flatMap(([text, size]) =>
  Array.from({ length: size }, (_, index) => `${text}-${String(index + 1).padStart(2, "0")}`),
);

const idsIn = (text: string): string[] => text.match(/\bS\d-\d+/g) ?? [];

/** The lines of the tables with rows of the checklist: `rows` where they are shown, `open` what they lack. */
const lines = pages.flatMap(({ file, text }) =>
  tableRows(text).flatMap(({ header: [kind], cells: [ids = "", said = ""] }) =>
    kind === "rows" || kind === "open" ? [{ file, kind, ids: idsIn(ids), said }] : [],
  ),
);

/** Links of a cell, each with the words in quotes that follow it: titles of tests, or what stands on the page. */
function proofsIn(said: string): { target: string; quoted: string[] }[] {
  const links = said.matchAll(/\]\(([^)]+)\)((?:(?:, | and |, and )"[^"]+")*)/g);
  return [...links].map(([, target = "", behind = ""]) => ({
    target,
    quoted: [...behind.matchAll(/"([^"]+)"/g)].map(([, words = ""]) => words),
  }));
}

const flat = (text: string): string => text.replace(/\s+/g, " ");

describe("rows of the checklist", () => {
  test("each is shown or open, on one page and once", () => {
    expect(lines.flatMap(({ ids }) => ids).sort()).toEqual(checklist);
  });

  test("none is named anywhere that there is not", () => {
    const unknown = allPages.flatMap(({ file, text }) =>
      idsIn(text)
        .filter((id) => !checklist.includes(id))
        .map((id) => `${file}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  test("what is shown names a test by its title, or a page", () => {
    const shown = lines.filter(({ kind }) => kind === "rows");
    const faults = shown.flatMap(({ ids, said }) => {
      const proofs = proofsIn(said);
      const behind = proofs.reduce((sum, { quoted }) => sum + quoted.length, 0);
      // Each pair of quotes belongs to a link, so that it is looked for.
      const loose = behind * 2 === said.split('"').length - 1 ? [] : ["quotes that no link has"];
      const idle = proofs.flatMap(({ target, quoted }) => {
        const [path = ""] = target.split("#");
        const file = join(root, "docs/labs", path);
        if (!existsSync(file)) return [`${path} is not there`];
        if (path.endsWith(".test.ts") && quoted.length === 0) return [`${path}: no test is named`];
        const text = flat(readFileSync(file, "utf8"));
        return quoted
          .filter((words) => !text.includes(words))
          .map((words) => `${path}: nothing is called "${words}"`);
      });
      const nothing = proofs.length === 0 ? ["nothing is named"] : [];
      return [...idle, ...loose, ...nothing].map((fault) => `${ids.join(", ")}: ${fault}`);
    });
    expect(shown.length).toBeGreaterThan(50);
    expect(faults).toEqual([]);
  });

  test("what is open says what is missing", () => {
    const silent = lines.filter(({ kind, said }) => kind === "open" && said === "");
    expect(silent).toEqual([]);
  });
});
