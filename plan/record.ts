import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { domainTypes, podNetworkNames } from "../model/lab.ts";
import { roleNames } from "../model/roles.ts";
import { cpuLevels } from "../model/versions.ts";
import type { ClusterPlan, NodePlan } from "./clusterPlan.ts";

/** Increased by every change that makes older records unreadable. */
const version = 1;

const guestSchema = z.object({
  /** The libvirt domain's name. */
  domain: z.string(),
  hypervisor: z.string().optional(),
  domainType: z.enum(domainTypes),
  rootDisk: z.object({
    poolPath: z.string(),
    bytes: z.number(),
    image: z.object({
      name: z.string(),
      id: z.string(),
      source: z.string(),
      cpuLevel: z.enum(cpuLevels),
    }),
  }),
  etcdDiskGiB: z.number().optional(),
});

/** Values known only after the machine exists. */
const deployedSchema = z.object({
  user: z.string(),
  port: z.number(),
  /** The SSH host key's public part, as in `ssh_host_ed25519_key.pub`. */
  hostKey: z.string(),
  /** Whether the node is registered with the API server. */
  ready: z.boolean(),
});

export const nodeRecordSchema = z.object({
  name: z.string(),
  address: z.string(),
  roles: z.array(z.enum(roleNames)).readonly(),
  /** The /24 of this node's pods. */
  podNetwork: z.string(),
  /** Only for a machine that the program created. */
  guest: guestSchema.optional(),
  ...deployedSchema.shape,
});

const recordSchema = z.object({
  version: z.literal(version),
  network: z.object({
    plugin: z.enum(podNetworkNames),
    pods: z.string(),
    services: z.string(),
  }),
  nodes: z.array(nodeRecordSchema).readonly(),
});

/** The stack's output `record`, which the next `up` reads. It contains no secret. */
export type ClusterRecord = z.infer<typeof recordSchema>;
export type NodeRecord = z.infer<typeof nodeRecordSchema>;
export type GuestRecord = z.infer<typeof guestSchema>;

/** The values of a node's record that only the deployment knows; Outputs in the program. */
type Deployed = { readonly [Key in keyof z.infer<typeof deployedSchema>]: unknown };

/** The record of this plan, with the values that only the deployment knows. */
export function recordOf<Facts extends Deployed>(
  { network: { podNetwork, pods, services }, nodes }: ClusterPlan,
  deployed: (node: NodePlan) => Facts,
) {
  return {
    version,
    network: { plugin: podNetwork.kind, pods: String(pods), services: String(services) },
    nodes: nodes.map((node) => ({ ...plannedRecord(node), ...deployed(node) })),
  };
}

function plannedRecord({
  name,
  address,
  roles,
  machine,
  ...node
}: NodePlan): Omit<NodeRecord, keyof Deployed> {
  const common = { name, address, roles, podNetwork: String(node.podNetwork) };
  switch (machine.kind) {
    case "guest": {
      const { domain, hypervisor, domainType, rootDisk, etcdDiskGiB } = machine;
      return { ...common, guest: { domain, hypervisor, domainType, rootDisk, etcdDiskGiB } };
    }
    case "existing":
      return common;
  }
}

/**
 * The record in a stack's outputs; undefined if the stack has no outputs, as before its first `up`.
 *
 * @param stack its name, for the message
 * @throws UserError if there are outputs, but no record that this version understands
 */
export function readRecord(outputs: unknown, stack: string): ClusterRecord | undefined {
  const found = z.record(z.string(), z.unknown()).safeParse(outputs ?? {});
  if (found.success && Object.keys(found.data).length === 0) return undefined;
  const record = found.data?.record;
  const read = recordSchema.safeParse(record);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw new UserError({
    place: `the output record of the stack ${stack}`,
    found: record === undefined ? "nothing" : `${place || "record"}: ${issue?.message ?? ""}`,
    expected: `a record of version ${version}, which the checks against losing data need`,
    remedy:
      "use the version of hardway that made this lab, or create it again: ./lab destroy, then ./lab up",
  });
}
