import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./allPages.ts";

test("docs/faults.md names tests that exist", () => {
  const page = readFileSync(join(root, "docs/faults.md"), "utf8");
  const links = [...page.matchAll(/\]\(\.\.\/(test\/[^)]+)\): (.+?)(?=<br>| \|$)/gm)];
  expect(links.length).toBeGreaterThan(20);
  const missing = links
    .map(([, file = "", title = ""]) => ({ file, title }))
    .filter(({ file, title }) => !readFileSync(join(root, file), "utf8").includes(`"${title}"`));
  expect(missing).toEqual([]);
});
