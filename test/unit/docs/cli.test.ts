import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cliPage } from "../../../tools/cli/cliPage.ts";
import { helpFile } from "../../../tools/cli/helpTexts.ts";
import { root } from "./allPages.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("docs/cli.md and tools/cli/help.txt are current; node tools/cli/writePages.ts writes them", () => {
  expect(read("docs/cli.md")).toBe(cliPage());
  expect(read("tools/cli/help.txt")).toBe(helpFile());
});

/** Variables that only the project's own programs set and read. */
const internal = ["HARDWAY_INSIDE", "HARDWAY_GEN_SDK"];

test("docs/cli.md names every variable that the project reads on this machine", () => {
  const rooms = ["base", "config", "plan", "mirror", "toolchain", "tools"];
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(room, file)),
  );
  const found = files.flatMap((file) => read(file).match(/\bHARDWAY_[A-Z_]+\b/g) ?? []);
  const page = cliPage();
  const unnamed = [...new Set(found)].filter((name) => !page.includes(`\`${name}\``)).sort();
  expect(unnamed).toEqual(internal.toSorted());
});
