import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { labOf } from "../../../harness/program/labs.ts";
import { guestsIn } from "../../../model/machines.ts";
import { imagePackages, machinePackages, managers } from "../../../tools/setup/packages.ts";
import { pages, root } from "./allPages.ts";
import { codeSpans, tableRows } from "./markdown.ts";

const textOf = (file: string): string => pages.find((page) => page.file === file)?.text ?? "";

test.for(["README.md", "docs/requirements.md"])(
  "%s names the packages that setup installs",
  (file) => {
    const listed = tableRows(textOf(file))
      .filter(({ header }) => header[0] === "distribution")
      .map(({ cells: [distribution = "", packages = ""] }) => [
        /\((\S+)\)/.exec(distribution)?.[1],
        codeSpans(packages),
      ]);
    const installed = managers.map((manager) => {
      const names = machinePackages.flatMap(({ packages }) => packages[manager]);
      return [manager, [...new Set(names)].map((name) => name.replace(/\?$/, ""))];
    });
    expect(listed).toEqual(installed);
  },
);

test("docs/requirements.md names the packages that the default image is made with", () => {
  const [, list = ""] = /same way: ([^.]*)\./.exec(textOf("docs/requirements.md")) ?? [];
  const names = imagePackages.flatMap(({ packages }) => packages["apt-get"]);
  expect(codeSpans(list)).toEqual([...new Set(names)]);
});

test.for(["docs/requirements.md", "docs/labs/README.md"])(
  "%s has the memory that each lab's machines take",
  (file) => {
    const listed = tableRows(textOf(file)).flatMap(({ header, cells }) => {
      const lab = /\[?`?([\w-]+)/.exec(cells[0] ?? "")?.[1] ?? "";
      const memory = cells[header.findIndex((title) => title.startsWith("memory"))] ?? "";
      return memory.endsWith(" MiB") ? [[lab, memory] as const] : [];
    });
    expect(listed.length).toBeGreaterThan(4);
    for (const [lab, memory] of listed) {
      const { config } = parse(readFileSync(join(root, `Pulumi.${lab}.yaml`), "utf8")) as {
        config: Record<string, unknown>;
      };
      const { nodes } = labOf(config["hardway:cluster"], lab);
      expect([lab, memory]).toEqual([
        lab,
        `${guestsIn(nodes).reduce((sum, { machine }) => sum + machine.memoryMiB, 0)} MiB`,
      ]);
    }
  },
);
