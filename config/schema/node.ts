import { z } from "zod";
import { runtimeNames } from "../../model/lab.ts";
import { roleNames } from "../../model/roles.ts";
import { Taint } from "../../model/taints.ts";
import { flagSettings } from "./flags.ts";
import { kubeletSettings } from "./kubelet.ts";
import { kubeProxySettings } from "./kubeProxy.ts";
import { nodeSystem } from "./system.ts";
import { choice, expected, integer, text } from "./values.ts";

/** Settings of a node or a pool. */

/**
 * RFC 1123 label: valid as a Kubernetes node name, a libvirt domain name and a Linux host name. 52
 * of the 63 characters, so that a pool's name leaves room for `-1000`.
 */
export const namePattern = /^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/;
export const nameRule = { propertyNames: { pattern: namePattern.source } };

/**
 * IsQualifiedName of k8s.io/apimachinery: a name, maybe after a DNS name of at most 253 characters.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
const qualifiedName =
  "(?=[^/]{1,253}/|[^/]*$)([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const valuePattern = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?";
const labelKey = text("a label like disk or example.org/disk", new RegExp(`^${qualifiedName}$`));
const labelValue = text(
  "a label's value: at most 63 letters, digits, '-', '_' and '.', in quotes if it looks like a number or a boolean",
  new RegExp(`^${valuePattern}$`),
);
const taint = text(
  "a taint like dedicated=infra:NoSchedule, with NoSchedule, PreferNoSchedule or NoExecute",
  new RegExp(`^${qualifiedName}(=${valuePattern})?:(NoSchedule|PreferNoSchedule|NoExecute)$`),
).transform((text) => Taint.parse(text));

/** Sizes of a VM; `machines` has the same keys as defaults. */
export const cpus = integer("CPUs", 1, 256);
export const memoryMiB = integer("MiB", 1024, 4_194_304);
export const diskGiB = integer("GiB", 4, 65_536);
export const etcdDiskGiB = integer("GiB", 1, 65_536);

export const nodeSettings = {
  roles: z
    .array(
      choice(roleNames),
      expected("a list of roles like [worker]", (input) =>
        roleNames.some((role) => role === input) ? `; write [${String(input)}]` : "",
      ),
    )
    .min(1, `expected at least one role of ${roleNames.join(", ")}`)
    .describe(
      "Roles, in any combination; etcd runs on the control planes unless a node has the role etcd",
    ),
  cpus: cpus
    .optional()
    .describe("Virtual CPUs, at least 2 for a control plane; by default machines.cpus"),
  memoryMiB: memoryMiB.optional().describe("Memory in MiB; by default machines.memoryMiB"),
  diskGiB: diskGiB.optional().describe("Root disk in GiB; by default machines.diskGiB"),
  etcdDiskGiB: etcdDiskGiB
    .optional()
    .describe(
      "Separate disk for etcd's data in GiB, for etcd members; by default machines.etcdDiskGiB",
    ),
  runtime: choice(runtimeNames).optional().describe("The container runtime; by default runtime"),
  kubelet: kubeletSettings.optional(),
  kubeProxy: kubeProxySettings.optional(),
  flags: flagSettings.optional(),
  labels: z
    .record(labelKey, labelValue, expected("labels with names like disk or example.org/disk"))
    .optional()
    .describe("Additional labels of the Node"),
  taints: z
    .array(taint, expected("a list of taints like [dedicated=infra:NoSchedule]"))
    .optional()
    .describe("Additional taints of the Node"),
  ...nodeSystem,
};
