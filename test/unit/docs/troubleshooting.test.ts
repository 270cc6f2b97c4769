import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pages, root } from "./allPages.ts";
import { codeSpans, tableRows } from "./markdown.ts";

test("messages that docs/troubleshooting.md quotes are the program's", () => {
  const page = pages.find(({ file }) => file === "docs/troubleshooting.md")?.text ?? "";
  const quoted = tableRows(page)
    .filter(({ header }) => header[0] === "message contains")
    .map(({ cells: [message = ""] }) => codeSpans(message)[0] ?? "");
  const files = globSync("{base,config,plan,components,mirror,toolchain,tools}/**/*.{ts,sh}", {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });
  const sources = [...files, "lab"].map((file) => readFileSync(join(root, file), "utf8"));
  expect(quoted.length).toBeGreaterThan(20);
  expect(quoted.filter((words) => !sources.some((text) => text.includes(words)))).toEqual([]);
});
