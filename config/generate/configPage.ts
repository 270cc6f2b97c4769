import { z } from "zod";
import { flaggedPrograms } from "../../model/lab.ts";
import { ownedFlags } from "../rules/ownedFlags.ts";
import { clusterSchema } from "../schema/clusterSchema.ts";
import { recordedFlags } from "../schema/flags.ts";
import { kubeletModule } from "../schema/kubelet.ts";
import { managedKubeletSettings } from "../schema/kubeletLimits.ts";
import { kubeProxyModule, managedKubeProxySettings } from "../schema/kubeProxy.ts";

/** The part of a JSON Schema that the page is made from. */
interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly examples?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

const header = `# The config of a lab, key by key

<!-- Written by config/generate/writeSchema.ts from config/schema/clusterSchema.ts, not by hand. -->

Everything stands under \`hardway:cluster\` in \`Pulumi.<lab>.yaml\`. A key without a default must be there. Whatever is
wrong is told at once, before anything is made, with its line, the rule and what to write instead:

\`\`\`
Pulumi.dev.yaml: 2 problems; nothing was changed.
  nodes.control-1.address (line 8): 10.17.1.11 is not in network.nodes 10.17.0.0/24; nodes have 10.17.0.2 to 10.17.0.254
  podCidr (line 14): unknown key; it is network.pods
\`\`\`

The smallest lab is one node that is everything:

\`\`\`yaml
config:
  hardway:cluster:
    nodes:
      one:
        roles: [control-plane, worker]
        address: 10.17.0.11
\`\`\`
`;

const code = (name: string): string => `\`${name}\``;

const managedSettings = (): string =>
  Object.entries(managedKubeProxySettings)
    .map(([name, remedy]) => (remedy === "remove it" ? code(name) : `${code(name)} (${remedy})`))
    .join(", ");

const flagRows = (): string[] =>
  flaggedPrograms.flatMap((program) =>
    ownedFlags[program].map(([flags, remedy]) => {
      const known = Object.keys(recordedFlags[program].flags);
      const names = known.filter((flag) => flags.test(flag)).map(code);
      return `| ${program} | ${names.join(", ")} | ${remedy} |`;
    }),
  );

const footer = `
## Settings of the kubelet

\`kubelet\` takes what the kubelet's config file takes, by the names and types of
[KubeletConfiguration](https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/) as the Go module
k8s.io/kubelet ${kubeletModule} has them. Settings of a node or pool stand over those of the whole lab, key by key:

\`\`\`yaml
kubelet: {maxPods: 50, evictionHard: {memory.available: 200Mi}}
pools:
  worker:
    count: 2
    roles: [worker]
    firstAddress: 10.17.0.21
    kubelet: {maxPods: 20}
\`\`\`

The program sets these itself, and refuses them: ${managedKubeletSettings.map((name) => `\`${name}\``).join(", ")}.

## Settings of kube-proxy

\`kubeProxy\` takes what kube-proxy's config file takes, in the same way:
[KubeProxyConfiguration](https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/) as the Go module
k8s.io/kube-proxy ${kubeProxyModule} has it. The program sets these itself: ${managedSettings()}.

## Flags of components

What kubelet and kube-proxy read from a file, the other components are told on their command line. \`flags\` adds to it, for
the whole lab or for a node or pool, whose own stand over the lab's, flag by flag:

\`\`\`yaml
flags:
  kube-apiserver: {event-ttl: 2h, feature-gates: MutatingAdmissionPolicy=true}
  kube-scheduler: {v: 4}
  etcd: {quota-backend-bytes: 4294967296}
\`\`\`

Each is checked against what the pinned program knows: its name, and its value by its type. In the unit they come last, under
a line that says whose they are; where the program had chosen a value of its own, yours stands in its place. Some stay the
program's, since the parts would not find or trust each other any more:

| component | flags | what to do instead |
|---|---|---|
${flagRows().join("\n")}

## Rules between keys

- \`network.nodes\`, \`network.pods\` and \`network.services\` share no address. The first address of \`network.nodes\` is the
  gateway; nodes have the others.
- With \`network.bridge\`, machines hang on a bridge that is there already: the gateway is \`network.gateway\` (the first
  address unless given), and \`mirrorAddress\` is needed. Without it, there is no \`network.gateway\` to choose.
- Several \`machines.hypervisors\` need \`network.bridge\`, and every node or pool that they make says which of them does.
  Node I of a pool is made by the Ith of its list, from the beginning again at its end.
  See [many-hosts.md](many-hosts.md).
- A node's pods have the /24 of \`network.pods\` whose number is the node's place in \`network.nodes\`: 10.17.0.21 has
  10.200.21.0/24. So no node's pods move when another node comes or goes, and \`network.pods\` needs a /24 for the highest
  place that is taken.
- At least one node has the role control-plane. Made here, it has 2 CPUs and 1700 MiB or more. Several of them need a node
  with the role load-balancer, and several of those, or one that is a control plane too, need \`api.address\`. etcd has 1, 3
  or 5 members. See [load-balancer.md](load-balancer.md) and [etcd.md](etcd.md).
- \`network.plugin: none\` needs \`manifests\` that bring a pod network. See [pod-network.md](pod-network.md#another-network).
- \`outside.direct\` needs \`outside.proxy\`. Where some node has CRI-O, a mirror's URL has no path, or one that begins with
  \`/v2/\`. See [outside.md](outside.md).
- Names and addresses are each node's own; \`NAME-1\` to \`NAME-count\` are taken by the pool \`NAME\`.
- An existing host (\`nodes.NAME.host\`) has its own hardware, so it has none of \`cpus\`, \`memoryMiB\`, \`diskGiB\` and
  \`etcdDiskGiB\`; and its own users, so it has no \`users\`.
- \`machines.image\` is for machines to come; one that is there keeps the image that it was made from.
- \`machines.domainType: auto\` is for a lab to come; machines that are there stay as they were made, with KVM or emulated.
- \`etcdDiskGiB\` is for members of etcd, and stays as it was when the machine was made. See [etcd.md](etcd.md).
- A file in \`files\` has \`content\` or \`from\`, and no path that this program writes. All files of a lab, and all of a node,
  have 48 KiB together. See [machines.md](machines.md#time-zone-users-files).
- \`certificates.renewalHours\` is less than \`leafHours\`, which is at most \`authorityHours\`.
- A person is not called as one of the cluster's own users, has no group \`system:…\`, no namespace \`kube-…\`, and a
  \`validityHours\` of at most \`certificates.authorityHours\`, and of at most the controller managers'
  \`cluster-signing-duration\` where \`flags\` has it. See [people.md](people.md).

What depends on the machine is checked too: whether KVM works, whether a key file is there and its owner's alone, whether
memory, disk, network and names are free.
`;

/** docs/config.md: every key, what it means, what it takes, what it is when it is not there. */
export function configPage(): string {
  const schema = z.toJSONSchema(clusterSchema, { target: "draft-7", io: "input" }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) => {
    const rows = rowsOf(name, section, schema.required?.includes(name) === true);
    return `\n## ${name}\n\n| key | what it is | takes | default |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${header}${sections.join("")}${footer}`;
}

function rowsOf(path: string, schema: Schema, required: boolean): string[] {
  const name = path.split(".").at(-1) ?? "";
  const below = seeBelow[name];
  // Settings and flags of components are too many for a table.
  const parts = below === undefined ? Object.entries(schema.properties ?? {}) : [];
  // What stands in a node's is told where the whole lab's stand.
  const isTold = ["users", "files"].includes(name) && path !== name;
  const inside =
    typeof schema.additionalProperties === "object" && !isTold
      ? schema.additionalProperties
      : undefined;
  const own =
    parts.length > 0 && schema.description === undefined
      ? []
      : [
          `| \`${path}\` | ${schema.description ?? below ?? "Its value"} | ${takes(schema)} | ${required ? "(needed)" : fallback(schema.default)} |`,
        ];
  return [
    ...own,
    ...parts.flatMap(([name, part]) =>
      rowsOf(`${path}.${name}`, part, schema.required?.includes(name) === true),
    ),
    ...(inside === undefined ? [] : rowsOf(`${path}.NAME`, inside, true)),
  ];
}

const seeBelow: Readonly<Record<string, string>> = {
  kubelet: "Settings of the kubelet, see below",
  kubeProxy: "Settings of kube-proxy, see below",
  flags: "Flags of components, see below",
};

function takes(schema: Schema): string {
  if (schema.enum !== undefined) {
    return schema.enum.map((word) => `\`${String(word)}\``).join(", ");
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((form) => takes(form)).join(" or ");
  }
  switch (schema.type) {
    case "boolean":
      return "`true` or `false`";
    case "integer":
      return `${schema.minimum ?? ""} to ${schema.maximum ?? ""}`;
    case "array":
      return `list of ${schema.items === undefined ? "text" : takes(schema.items)}`;
    case "object":
      return schema.properties === undefined
        ? "mapping"
        : `mapping with ${Object.keys(schema.properties).join(", ")}`;
    case "string":
      return schema.examples === undefined ? "text" : `text like \`${schema.examples[0] ?? ""}\``;
    default:
      return "mapping";
  }
}

const fallback = (value: unknown): string =>
  value === undefined ? "none" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
