import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  componentsPage,
  everyInstallation,
  placedBy,
  renderComponents,
} from "../../../docs/writeComponents.ts";
import { pages, root } from "./allPages.ts";
import { codeSpans, tableRows } from "./markdown.ts";

test("components.md is today's; node docs/writeComponents.ts writes it again", () => {
  expect(readFileSync(join(root, componentsPage), "utf8")).toBe(renderComponents());
});

/** `PATH MODE` of everything that these steps place, sorted. */
const declared = (steps: readonly string[]): string[] =>
  everyInstallation()
    .filter(({ name }) => steps.includes(name))
    .flatMap(({ installation }) => placedBy(installation))
    .map(({ path, mode }) => `${path} ${mode}`)
    .sort();

/** `PATH MODE` of each entry in the page's tables of installed files; paths may share a row. */
function listed(text: string): string[] {
  return tableRows(text)
    .filter(({ header }) => header[0] === "path" && header[1] === "mode")
    .flatMap(({ cells: [paths = "", modes = ""] }) => {
      const all = [...modes.matchAll(/\b(\d{3}|link)\b/g)].map(([, mode = ""]) => mode);
      return codeSpans(paths).map((path, index) => `${path} ${all[index] ?? all.at(-1) ?? ""}`);
    })
    .sort();
}

const textOf = (file: string): string =>
  pages.find((page) => page.file === `docs/${file}`)?.text ?? "";

/** Entries of a page that its steps do not declare, and why. */
const besides: Readonly<Record<string, readonly string[]>> = {
  // Created before anything is placed, if etcd has a separate disk.
  "etcd.md": ["/etc/systemd/system/var-lib-etcd.mount 644"],
  // The step installs the shell functions.
  "operating-system.md": ["/opt/hardway/step.sh 644"],
};

describe("the table of what is installed lists exactly what is declared", () => {
  test.each([
    ["operating-system.md", ["os"]],
    ["etcd.md", ["etcd"]],
    ["kube-apiserver.md", ["kube-apiserver"]],
    ["kube-controller-manager.md", ["kube-controller-manager"]],
    ["kube-scheduler.md", ["kube-scheduler"]],
    ["load-balancer.md", ["haproxy", "keepalived"]],
    ["containerd.md", ["containerd"]],
    ["cri-o.md", ["cri-o"]],
    ["kubelet.md", ["kubelet"]],
    ["kube-proxy.md", ["kube-proxy"]],
  ])("%s", (page, steps) => {
    expect(listed(textOf(page))).toEqual([...declared(steps), ...(besides[page] ?? [])].sort());
  });

  test("pod-network.md", () => {
    const [routes = "", flannel = ""] = textOf("pod-network.md").split(/^## flannel$/im);
    expect(listed(flannel)).toEqual(declared(["flanneld"]));
    expect(listed(routes)).toHaveLength(5);
    expect(declared(["os"])).toEqual(expect.arrayContaining(listed(routes)));
  });
});
