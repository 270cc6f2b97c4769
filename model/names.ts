import { createHash } from "node:crypto";

/**
 * The name of a resource shared by a hypervisor's machines. It cannot equal the name of a node's
 * resource, since node names contain no @.
 */
export function sharedResource(what: string, hypervisor: string | undefined): string {
  return hypervisor === undefined ? what : `${what}@${hypervisor}`;
}

/** The libvirt domain of a node. The lab's name makes it unique on its hypervisor. */
export const domainName = (lab: string, node: string): string => `${lab}-${node}`;

/** The libvirt network that the program creates for a lab. */
export const networkName = (lab: string): string => `hardway-${lab}`;

/** The libvirt pool of a lab's disks. */
export const poolName = (lab: string): string => `hardway-${lab}`;

/** The volume in a pool that a machine's root disk is created from. */
export const imageVolume = (id: string): string => `image-${id}.qcow2`;

/** The volume in a pool with a machine's cloud-init data. */
export const seedVolume = (node: string): string => `${node}-seed.iso`;

/** Whether the program created a volume. Other files in a pool belong to the user. */
export const isOwnVolume = (name: string): boolean =>
  /^image-[0-9a-f]+\.qcow2$|^.+-seed\.iso$/.test(name);

/** A node's Pulumi resources that are found by name, besides its steps. */
export const nodeResource = {
  domain: (node: string): string => `${node}-domain`,
  seed: (node: string): string => `${node}-seed`,
  /** The SSH host key. */
  hostKey: (node: string): string => `${node}-ssh-host`,
};

/** The Pulumi resource of the SSH key pair for logging in to guests. */
export const userKeyResource = "ssh-user";

/** The Pulumi resource of a component's step on a node. */
export const stepResource = (node: string, component: string): string => `${node}-${component}`;

/** The bridge of a lab's network. The kernel limits interface names to 15 characters. */
export const bridgeName = (lab: string): string => `hw-${digest(lab).slice(0, 8)}`;

/**
 * The first byte, locally administered and unicast, is in no manufacturer's range. The other 40
 * bits are a hash of the names: two nodes are alike in one of two million labs of 1,000 nodes. The
 * 24 bits after QEMU's 52:54:00 would be alike in one of 34.
 */
export function macOf(lab: string, node: string): string {
  const tail = digest(`${lab}/${node}`).slice(0, 10).match(/../g) ?? [];
  return ["02", ...tail].join(":");
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
