import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { installationsOn, type NodeInstallation } from "../components/nodeComponents.ts";
import type { Installation } from "../components/remote/component.ts";
import { renderInstallation } from "../components/remote/renderComponent.ts";
import { labOf, planOf } from "../harness/program/labs.ts";

const root = join(import.meta.dirname, "..");

/** The page that this file writes, by its path in the repository. */
export const componentsPage = "docs/components.md";

/** For each step: the page that explains it, and its declaration. */
const homes: Readonly<Record<string, readonly [page: string, source: string]>> = {
  os: ["operating-system.md", "components/os/installOs.ts"],
  haproxy: ["load-balancer.md", "components/loadbalancer/haproxy.ts"],
  keepalived: ["load-balancer.md", "components/loadbalancer/keepalived.ts"],
  etcd: ["etcd.md", "components/etcd/etcdMember.ts"],
  "kube-apiserver": ["kube-apiserver.md", "components/controlplane/kubeApiServer.ts"],
  "kube-controller-manager": [
    "kube-controller-manager.md",
    "components/controlplane/kubeControllerManager.ts",
  ],
  "kube-scheduler": ["kube-scheduler.md", "components/controlplane/kubeScheduler.ts"],
  containerd: ["containerd.md", "components/node/runtimes/containerd.ts"],
  "cri-o": ["cri-o.md", "components/node/runtimes/crio.ts"],
  kubelet: ["kubelet.md", "components/node/kubelet.ts"],
  "kube-proxy": ["kube-proxy.md", "components/node/kubeProxy.ts"],
  flanneld: ["pod-network.md#flannel", "components/node/networks/flannel/flanneld.ts"],
};

type AnyFile = Installation["files"][number];

const order = Object.keys(homes);

/** Something that a component places on its node. */
export interface Placed {
  readonly path: string;
  /** Octal, or `link`. */
  readonly mode: string;
  readonly owner: string;
  readonly content: string;
  readonly afterChange: string;
}

/** Everything that a component places on its node, in the order of its declaration. */
export function placedBy(installation: Installation): Placed[] {
  const { programs = [], directories = [], files, unit } = installation;
  const effect = unit === undefined ? "nothing" : unit.reload === true ? "reload" : "restart";
  return [
    ...programs.flatMap(({ artifact, run, tools }) => [
      ...Object.values(run).map((path) => link(path, artifact.name, effect)),
      ...Object.values(tools).map((path) => link(path, artifact.name, "nothing")),
    ]),
    ...directories.map(({ path, mode, owner = "root:root" }) => ({
      ...{ path, mode, owner },
      content: "directory",
      afterChange: "nothing",
    })),
    ...files.map((file) => ({
      path: file.path,
      mode: isLink(file) ? "link" : file.mode,
      owner: file.owner,
      content: `${contentOf(file)}${file.isShared ? ", shared with other components" : ""}`,
      afterChange: file.onChange === "restart" ? effect : appliedBy(file),
    })),
    ...(unit === undefined
      ? []
      : [
          {
            owner: "root:root",
            path: `/etc/systemd/system/${unit.name}`,
            mode: unit.mode ?? "600",
            content: "unit",
            afterChange: "restart",
          },
        ]),
  ];
}

const link = (path: string, artifact: string, afterChange: string): Placed => ({
  path,
  mode: "link",
  owner: "root:root",
  content: `program of ${artifact}`,
  afterChange,
});

const appliedBy = ({ apply }: AnyFile): string => (apply === undefined ? "nothing" : "applied");

const isLink = (file: AnyFile): boolean => "lines" in file && /^ *link /m.test(file.lines);

function contentOf(file: AnyFile): string {
  if ("credential" in file) return "credential";
  return "text" in file ? "text" : "computed on the node";
}

/** The steps of the lab `ha` and of its variants with flannel and CRI-O, each on a node that has it. */
export function everyInstallation(): NodeInstallation[] {
  const text = readFileSync(join(root, "Pulumi.ha.yaml"), "utf8");
  const { config } = parse(text) as { config: { "hardway:cluster": object } };
  const ha = config["hardway:cluster"] as { readonly network?: object };
  const clusters = [
    ha,
    { ...ha, network: { ...ha.network, plugin: "flannel" } },
    { ...ha, runtime: "cri-o" },
  ];
  const steps = new Map<string, NodeInstallation>();
  for (const cluster of clusters) {
    const plan = planOf(labOf(cluster, "ha"));
    for (const step of plan.nodes.flatMap((node) => installationsOn(plan, node))) {
      const known = steps.get(step.name);
      // A load balancer's operating system gets less than a Node's.
      const isFuller =
        known !== undefined && step.installation.files.length > known.installation.files.length;
      if (known === undefined || (isFuller && cluster === ha)) steps.set(step.name, step);
    }
  }
  return [...steps.values()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** `etcdMemberships` as words. */
const words = (edge: string): string =>
  edge.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace("api ", "API ");

function renderStep({ name, installation, after }: NodeInstallation): string[] {
  const [page, source] = homes[name] ?? [];
  if (page === undefined || source === undefined) throw new Error(`${name} has no page`);
  const { about, unit } = installation;
  const reasons = Object.entries(after).map(
    ([edge, reason]) => `- ${words(edge)}: ${reason ?? ""}`,
  );
  return [
    `## ${name}`,
    "",
    `${about} Page: [${page.split("#").at(0) ?? page}](${page}); declaration: [${source}](../${source}).`,
    "",
    "| what | mode | owner | content | after a change |",
    "|---|---|---|---|---|",
    ...placedBy(installation).map(
      ({ path, mode, owner, content, afterChange }) =>
        `| \`${path}\` | ${mode} | ${owner} | ${content} | ${afterChange} |`,
    ),
    "",
    ...(reasons.length === 0 ? [] : ["It waits for:", "", ...reasons, ""]),
    ...(unit === undefined
      ? []
      : [
          `Healthy within ${unit.withinSeconds} seconds, which means that this succeeds:`,
          "",
          "```sh",
          `${unit.functions ?? ""}${unit.healthy}`,
          "```",
          "",
        ]),
    "Removed by:",
    "",
    "```sh",
    (renderInstallation(name, installation).delete ?? "").trimEnd(),
    "```",
    "",
  ];
}

/** The whole page. */
export function renderComponents(): string {
  return [
    "# What each component places on a node",
    "",
    "<!-- Written by docs/writeComponents.ts from the components' declarations. -->",
    "",
    "The components of the lab `ha`, and flanneld and CRI-O as its variants would have them, on emulated machines. A component is",
    "declared once, as data ([components/remote/component.ts](../components/remote/component.ts)); its step, its removal and this",
    "page follow from the declaration. *Credential* is a key or a certificate, which arrives on standard input and is in no script.",
    "*After a change* says what the step does to the unit if the file or program changed; *applied* means that the step makes the",
    "file take effect without the unit.",
    "",
    ...everyInstallation().flatMap(renderStep),
  ].join("\n");
}

if (import.meta.main) {
  writeFileSync(join(root, componentsPage), renderComponents());
}
