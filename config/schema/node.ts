import { z } from "zod";
import { runtimeNames } from "../../model/lab.ts";
import { roleNames } from "../../model/roles.ts";
import { flagSettings } from "./flags.ts";
import { kubeletSettings } from "./kubelet.ts";
import { kubeProxySettings } from "./kubeProxy.ts";
import { nodeSystem } from "./system.ts";
import { choice, expected, integer, text } from "./values.ts";

/** What a node may be told by itself or by its pool. */

/**
 * RFC 1123 label: what Kubernetes accepts as a node's name, libvirt as a domain's and Linux as a host's.
 * 52 of the 63 characters, so that a pool's name leaves room for `-1000`.
 */
export const namePattern = /^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/;
export const nameRule = { propertyNames: { pattern: namePattern.source } };

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

/** Sizes of a machine, for all of them in `machines` too. */
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
  etcdDiskGiB: etcdDiskGiB
    .optional()
    .describe(
      "A disk in GiB for etcd's data alone, on a member of etcd; as machines.etcdDiskGiB says unless given",
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
  ...nodeSystem,
};
