import { z } from "zod";
import { cloudImages, cpuLevels } from "../versions.ts";
import { flagSettings } from "./flags.ts";
import { kubeletSettings } from "./kubelet.ts";
import { kubeProxySettings } from "./kubeProxy.ts";
import { outsideSection } from "./outside.ts";
import { peopleSection } from "./people.ts";
import { suggestion } from "./sentence.ts";
import { sshHost, userKeyTypes } from "./sshHost.ts";
import {
  address,
  choice,
  directory,
  expected,
  integer,
  network,
  port,
  publicKey,
  section,
  serverName,
  text,
} from "./values.ts";

/**
 * The shape of `hardway:cluster` in `Pulumi.<lab>.yaml`: what a person may write, each default with its
 * reason, each rule that one value can break by itself. Rules between values are in `rules.ts`.
 * `docs/stack.schema.json` is generated from this file, so that editors complete and check a lab's config.
 */

/**
 * RFC 1123 label: what Kubernetes accepts as a node's name, libvirt as a domain's and Linux as a host's.
 * 52 of the 63 characters, so that a pool's name leaves room for `-1000`.
 */
export const namePattern = /^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/;
const nameRule = { propertyNames: { pattern: namePattern.source } };

export const roleNames = ["control-plane", "worker", "etcd", "load-balancer"] as const;
export type Role = (typeof roleNames)[number];

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const qualifiedName =
  "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const valuePattern = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?";
const labelKey = text("a label like disk or example.org/disk", new RegExp(`^${qualifiedName}$`));
const labelValue = text(
  "a label's value: at most 63 letters, digits, '-', '_' and '.', in quotes where it would be a number or a truth",
  new RegExp(`^${valuePattern}$`),
);
const taint = text(
  "a taint like dedicated=infra:NoSchedule, with NoSchedule, PreferNoSchedule or NoExecute",
  new RegExp(`^${qualifiedName}(=${valuePattern})?:(NoSchedule|PreferNoSchedule|NoExecute)$`),
);

export const runtimeNames = ["containerd", "cri-o"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

const cpus = integer("CPUs", 1, 256);
const memoryMiB = integer("MiB", 1024, 4_194_304);
const diskGiB = integer("GiB", 4, 65_536);

const nodeSettings = {
  roles: z
    .array(
      choice(roleNames),
      expected("a list of roles like [worker]", (input) =>
        roleNames.some((role) => role === input) ? `; write [${String(input)}]` : "",
      ),
    )
    .min(1, `expected at least one role of ${roleNames.join(", ")}`)
    .describe(
      "What runs here, in any combination; etcd runs on the control planes unless some node has that role",
    ),
  cpus: cpus
    .optional()
    .describe("Virtual CPUs, 2 or more for a control plane; as machines.cpus says unless given"),
  memoryMiB: memoryMiB
    .optional()
    .describe("Memory in MiB; as machines.memoryMiB says unless given"),
  diskGiB: diskGiB
    .optional()
    .describe(
      "Root disk in GiB, grown from the image's size; as machines.diskGiB says unless given",
    ),
  runtime: choice(runtimeNames)
    .optional()
    .describe("What runs its containers; as runtime says unless given"),
  kubelet: kubeletSettings.optional(),
  kubeProxy: kubeProxySettings.optional(),
  flags: flagSettings.optional(),
  labels: z
    .record(labelKey, labelValue, expected("labels with names like disk or example.org/disk"))
    .optional()
    .describe("More labels of the Node"),
  taints: z
    .array(taint, expected("a list of taints like [dedicated=infra:NoSchedule]"))
    .optional()
    .describe("Taints of the Node, besides a control plane's own"),
};

/** Linux takes at most 15 characters for an interface. */
const bridge = text("the name of a bridge like br0", /^[A-Za-z0-9_.-]{1,15}$/);

const networkSection = section("nodes, bridge, gateway, pods, services, plugin, proxy and dns", {
  nodes: network
    .default("10.17.0.0/24")
    .describe("The machines' network; its first address is the gateway unless that is given"),
  bridge: bridge
    .optional()
    .describe(
      "A bridge that is there on the hypervisors and leads to network.nodes; without it, machines get a network of their own behind NAT",
    ),
  gateway: address
    .optional()
    .describe(
      "The router of network.nodes, with a bridge; the network's first address unless given",
    ),
  pods: network.default("10.200.0.0/16").describe("Every node gets one /24 of this for its pods"),
  services: network
    .default("10.32.0.0/16")
    .describe("Addresses of Services; the first is the API's, the tenth the DNS's"),
  plugin: choice(["routes", "flannel", "none"])
    .default("routes")
    .describe(
      "How pods reach pods on other nodes: plain routes (all nodes share one network), flannel's VXLAN, or none of the program's: then manifests bring a pod network",
    ),
  proxy: choice(["nftables", "iptables", "ipvs", "none"])
    .default("nftables")
    .describe("kube-proxy's mode; none where something else makes Services' addresses work"),
  dns: z
    .array(address, expected("a list of addresses like [9.9.9.9]"))
    .min(1, "expected at least one address; without the key it is the gateway")
    .optional()
    .describe("Name servers of the machines; the gateway unless given"),
});

const ownImage = section("url and sha256, and maybe cpuLevel", {
  url: text("an https:// or http:// URL or an absolute path", /^(https?:\/\/|\/)\S+$/),
  sha256: text("64 lower-case hex digits, as sha256sum prints them", /^[0-9a-f]{64}$/),
  cpuLevel: choice(cpuLevels)
    .default("x86-64-v1")
    .describe("The least processor that its programs run on; matters where it is emulated"),
});

const imageNames = Object.keys(cloudImages) as [keyof typeof cloudImages];

const libvirtUri = text(
  "a libvirt URI like qemu:///system or qemu+ssh://user@host/system",
  /^qemu(\+[a-z0-9]+)?:\/\/[^/\s]*\/system(\?\S*)?$/,
);
const domainType = choice(["auto", "kvm", "qemu"]);

const hypervisor = section("libvirt, and maybe domainType, pool, bridge", {
  libvirt: libvirtUri.describe("Its libvirt"),
  domainType: domainType.optional().describe("As machines.domainType says unless given"),
  pool: directory.optional().describe("As machines.pool says unless given"),
  bridge: bridge.optional().describe("As network.bridge says unless given"),
});

const machinesSection = section(
  "libvirt or hypervisors, domainType, image, pool, cpus, memoryMiB and diskGiB",
  {
    libvirt: libvirtUri
      .optional()
      .describe("The libvirt to make machines on; qemu:///system unless given"),
    hypervisors: z
      .record(z.string(), hypervisor, expected("a mapping of names to hypervisors"))
      .optional()
      .meta({
        description: "Instead of libvirt: several hosts to make machines on, by name",
        ...nameRule,
      }),
    domainType: domainType
      .default("auto")
      .describe(
        "kvm needs a processor that virtualises; qemu emulates, about ten times slower; auto finds out, on this machine",
      ),
    image: z
      .union(
        [choice(imageNames), ownImage],
        expected(`one of ${imageNames.join(", ")} or a mapping with url and sha256`, (input) =>
          typeof input === "string" ? suggestion(input, imageNames) : "",
        ),
      )
      .default("debian-12")
      .describe("The cloud image that machines boot"),
    pool: directory
      .default("/var/lib/libvirt/hardway")
      .describe("Directory for the machines' disks; each lab has its own folder there"),
    cpus: cpus.default(2).describe("Virtual CPUs of a machine that does not say"),
    memoryMiB: memoryMiB.default(2048).describe("Memory in MiB of a machine that does not say"),
    diskGiB: diskGiB.default(10).describe("Root disk in GiB of a machine that does not say"),
  },
);

export const clusterSchema = section(
  "nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort",
  {
    network: networkSection.prefault({}),
    api: section("names and address", {
      address: address
        .optional()
        .describe(
          "The API's own address, of network.nodes, which two or more load balancers share; with one it is that node's",
        ),
      names: z
        .array(
          serverName.meta({ examples: ["api.example.org"] }),
          expected("a list of names like [api.example.org]"),
        )
        .default([])
        .describe("More names or addresses that the API server's certificate is valid for"),
    }).prefault({}),
    machines: machinesSection.prefault({}),
    ssh: section("authorizedKeys", {
      authorizedKeys: z
        .array(
          publicKey(userKeyTypes, "your ~/.ssh/id_ed25519.pub (ssh-ed25519 AAAA…)").meta({
            examples: ["ssh-ed25519 AAAA… me"],
          }),
          expected("a list of public SSH keys"),
        )
        .default([])
        .describe(
          "Your own public keys, for the machines made here; the program adds its own, and changes nothing on existing hosts",
        ),
    }).prefault({}),
    certificates: section("authorityHours, leafHours and renewalHours", {
      authorityHours: integer("hours", 24, 876_000)
        .default(87_600)
        .describe("Validity of the three authorities"),
      leafHours: integer("hours", 2, 87_600)
        .default(8_760)
        .describe("Validity of every other certificate"),
      renewalHours: integer("hours", 1, 87_600)
        .default(720)
        .describe("A certificate is renewed by the first `up` this long before its end"),
    }).prefault({}),
    people: peopleSection.meta({
      description: "Who else may use the cluster, by name",
      ...nameRule,
    }),
    runtime: choice(runtimeNames)
      .default("containerd")
      .describe("What runs containers on nodes that do not say"),
    kubelet: kubeletSettings.default({}),
    kubeProxy: kubeProxySettings.default({}),
    flags: flagSettings.default({}),
    ingress: section("http and https", {
      http: port
        .optional()
        .describe("Port on every worker that port 80 of the load balancers leads to"),
      https: port
        .optional()
        .describe("Port on every worker that port 443 of the load balancers leads to"),
    })
      .prefault({})
      .describe("Where the load balancers send what comes from outside; nothing unless given"),
    outside: outsideSection.prefault({}),
    manifests: z
      .array(
        text("the path of a file of Kubernetes objects like my-network.yaml"),
        expected("a list of paths like [my-network.yaml]"),
      )
      .default([])
      .describe(
        "Your own files of Kubernetes objects, paths from the checkout; applied in this order, each when the one before is ready",
      ),
    mirrorAddress: address
      .optional()
      .describe(
        "Where nodes find the artefact mirror, which runs where ./lab does; the gateway unless given, and needed with network.bridge",
      ),
    mirrorPort: port.default(8473).describe("Port of the artefact mirror"),
    nodes: z
      .record(
        z.string(),
        section("roles and address, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet, host", {
          address: address.describe("The node's address, of network.nodes"),
          host: sshHost.optional(),
          hypervisor: text("the name of one of machines.hypervisors")
            .optional()
            .describe("Which of machines.hypervisors makes it; needed where there are several"),
          ...nodeSettings,
        }),
        expected("a mapping of node names to nodes"),
      )
      .default({})
      .meta({ description: "Single nodes by name", ...nameRule }),
    pools: z
      .record(
        z.string(),
        section(
          "count, roles and firstAddress, and maybe cpus, memoryMiB, diskGiB, runtime, kubelet",
          {
            count: integer("nodes", 0, 1000).describe("How many; 0 keeps the pool's settings only"),
            firstAddress: address.describe("Address of the pool's first node; the others follow"),
            hypervisors: z
              .array(
                text("the name of one of machines.hypervisors"),
                expected("a list of names of machines.hypervisors", (input) =>
                  typeof input === "string" ? `; write [${input}]` : "",
                ),
              )
              .min(1, "expected at least one of machines.hypervisors")
              .optional()
              .describe(
                "Which of machines.hypervisors make them: node 1 the first, node 2 the second, and from the beginning again; needed where there are several",
              ),
            ...nodeSettings,
          },
        ),
        expected("a mapping of pool names to pools"),
      )
      .default({})
      .meta({ description: "Nodes alike: NAME-1 to NAME-count", ...nameRule }),
  },
);

/** `hardway:cluster` as validated, defaults filled in. */
export type ClusterConfig = z.infer<typeof clusterSchema>;
