import { z } from "zod";
import { flaggedPrograms } from "../../model/lab.ts";
import { isInGroup, managedFlags } from "../../model/managed/flags.ts";
import { setKubeletSettings, unsetKubeletSettings } from "../../model/managed/kubelet.ts";
import { clusterSchema } from "../schema/clusterSchema.ts";
import { recordedFlags } from "../schema/flags.ts";
import { kubeletModule } from "../schema/kubelet.ts";
import { kubeProxyModule, managedKubeProxySettings } from "../schema/kubeProxy.ts";

/** The parts of a JSON Schema that the page shows. */
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

All keys are below \`hardway:cluster\` in \`Pulumi.<lab>.yaml\`. Keys marked "(required)" have no default. All errors are reported
at once, before anything is created, each with its line, the rule and a suggested fix:

\`\`\`
Pulumi.dev.yaml: 2 problems; nothing was changed.
  nodes.control-1.address (line 8): 10.17.1.11 is not in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254
  podCidr (line 14): unknown key; did you mean network.pods?
\`\`\`

The smallest lab is a single node with both roles:

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
    managedFlags[program].map((group) => {
      const known = Object.keys(recordedFlags[program].flags);
      const names = known.filter((flag) => isInGroup(group, flag)).map(code);
      return `| ${program} | ${names.join(", ")} | ${group.remedy} |`;
    }),
  );

const footer = `
## Settings of the kubelet

\`kubelet\` accepts the fields of the kubelet's config file, with the names and types of
[KubeletConfiguration](https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/) in the Go module
k8s.io/kubelet ${kubeletModule}. Settings of a node or pool override those of the lab, key by key:

\`\`\`yaml
kubelet: {maxPods: 50, evictionHard: {memory.available: 200Mi}}
pools:
  worker:
    count: 2
    roles: [worker]
    firstAddress: 10.17.0.21
    kubelet: {maxPods: 20}
\`\`\`

hardway sets these fields itself and rejects them in the config: ${setKubeletSettings.map(code).join(", ")}.
It rejects these too, which keep the kubelet's defaults: ${unsetKubeletSettings.map(code).join(", ")}.

## Settings of kube-proxy

In the same way, \`kubeProxy\` accepts the fields of
[KubeProxyConfiguration](https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/) in the Go module
k8s.io/kube-proxy ${kubeProxyModule}. hardway sets these fields itself and rejects them in the config: ${managedSettings()}.

## Flags of components

kubelet and kube-proxy read config files; the other components are configured by command-line flags. \`flags\` adds flags for the
whole lab, a node or a pool. Flags of a node or pool override those of the lab, flag by flag:

\`\`\`yaml
flags:
  kube-apiserver: {event-ttl: 2h, feature-gates: MutatingAdmissionPolicy=true}
  kube-scheduler: {v: 4}
  etcd: {quota-backend-bytes: 4294967296}
\`\`\`

Names and values are checked as the pinned version of the program checks them. The flags are appended to the unit under a comment, and
override hardway's defaults. The flags below are managed by hardway and rejected, because changing them would break connections or
trust between components:

| component | flags | why, or what to do instead |
|---|---|---|
${flagRows().join("\n")}

## Rules between keys

- \`network.nodes\`, \`network.pods\` and \`network.services\` must not overlap. The first address of \`network.nodes\` is the
  gateway; nodes use the others.
- With \`network.bridge\`, machines are connected to an existing bridge: the gateway is \`network.gateway\` (by default the first
  address of \`network.nodes\`), and \`mirrorAddress\` is required. Without a bridge, \`network.gateway\` cannot be set.
  A lab of existing machines alone has their router: no address is taken, unless \`network.gateway\` names one.
- Several \`machines.hypervisors\` require \`network.bridge\`, and every node or pool of VMs must name its hypervisors. The nodes
  of a pool are distributed over its list round-robin. See [many-hosts.md](many-hosts.md).
- A node's pods have the /24 of \`network.pods\` whose index is the node's index in \`network.nodes\`: 10.17.0.21 has
  10.200.21.0/24. So adding or removing a node never moves another node's pods, and \`network.pods\` must have a /24 for the
  highest node address.
- At least one node has the role control-plane. On a VM it needs at least 2 CPUs and 1700 MiB. Several control planes require a
  node with the role load-balancer. Several load balancers, or one on a control plane, require \`api.address\`. etcd has 1, 3 or
  5 members. See [load-balancer.md](load-balancer.md) and [etcd.md](etcd.md).
- \`network.plugin: none\` requires \`manifests\` that install a pod network. See
  [pod-network.md](pod-network.md#another-network).
- \`outside.direct\` requires \`outside.proxy\`. If a node has CRI-O, a mirror's URL must have no path or one that begins with
  \`/v2/\`. See [outside.md](outside.md).
- Names and addresses must be unique. The pool \`NAME\` uses the names \`NAME-1\` to \`NAME-count\`.
- An existing machine (\`nodes.NAME.host\`) keeps its hardware and its users, so \`cpus\`, \`memoryMiB\`, \`diskGiB\`,
  \`etcdDiskGiB\` and \`users\` are rejected.
- A change of \`machines.image\` or \`machines.domainType: auto\` applies to new machines only. Existing machines keep their image,
  and stay with KVM or under emulation.
- hardway rejects settings and flags with which a kubelet, kube-proxy, etcd or a component of the control plane would not start:
  pairs that exclude each other, feature gates that are locked or need others, reservations that the machine does not have.
- Two programs of one node cannot have the same port: \`ingress\` cannot be 80 or 443 on a worker that is a load balancer, and
  \`service-node-port-range\` must not contain a port that nodes listen on. Two \`taints\` cannot have the same key and effect.
- \`etcdDiskGiB\` applies to etcd members and cannot be changed for an existing machine. See [etcd.md](etcd.md).
- A file in \`files\` has \`content\` or \`from\`, and a path that hardway does not manage and that
  cannot lock it out: not the SSH server's, the network's or the firewall's configuration. All files of the lab, and all files of a
  node, may have at most 48 KiB in total. See [machines.md](machines.md#time-zone-users-files).
- \`certificates.renewalHours\` must be less than \`leafHours\`, and \`leafHours\` at most \`authorityHours\`.
- A user in \`people\` must not have the name of one of the cluster's own users, a group \`system:…\` or a namespace \`kube-…\`.
  \`validityHours\` is at most \`certificates.authorityHours\`, and at most the controller managers'
  \`cluster-signing-duration\` if \`flags\` sets it. See [people.md](people.md).

hardway also checks what depends on the workstation and the hypervisors: whether KVM works, whether key files exist and only their
owner can read them, and whether memory, disks, networks and names are free.
`;

/** Renders docs/config.md: every key with its description, type and default. */
export function configPage(): string {
  const schema = z.toJSONSchema(clusterSchema, { target: "draft-7", io: "input" }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) => {
    const rows = rowsOf(name, section, schema.required?.includes(name) === true);
    return `\n## ${name}\n\n| key | description | type | default |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${header}${sections.join("")}${footer}`;
}

function rowsOf(path: string, schema: Schema, required: boolean): string[] {
  const name = path.split(".").at(-1) ?? "";
  const below = seeBelow[name];
  // Components have too many settings and flags for a table.
  const mapping = schema.anyOf?.find((form) => form.properties !== undefined) ?? schema;
  const parts = below === undefined ? Object.entries(mapping.properties ?? {}) : [];
  // Keys of a node's users and files are described once, for the whole lab.
  const isDescribed = ["users", "files"].includes(name) && path !== name;
  const inside =
    typeof schema.additionalProperties === "object" && !isDescribed
      ? schema.additionalProperties
      : undefined;
  const own =
    parts.length > 0 && schema.description === undefined
      ? []
      : [
          `| \`${path}\` | ${schema.description ?? below ?? "The value"} | ${takes(schema)} | ${required ? "(required)" : fallback(schema.default)} |`,
        ];
  return [
    ...own,
    ...parts.flatMap(([name, part]) =>
      rowsOf(`${path}.${name}`, part, mapping.required?.includes(name) === true),
    ),
    ...(inside === undefined ? [] : rowsOf(`${path}.NAME`, inside, true)),
  ];
}

const seeBelow: Readonly<Record<string, string>> = {
  kubelet: "Settings of the kubelet, see below",
  kubeProxy: "Settings of kube-proxy, see below",
  flags: "Command-line flags of components, see below",
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
