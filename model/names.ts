import { createHash } from "node:crypto";

/**
 * The name of a resource that one hypervisor's machines have in common. No node has an @ in its name, so nothing of a node is
 * called the same.
 */
export function sharedResource(what: string, hypervisor: string | undefined): string {
  return hypervisor === undefined ? what : `${what}@${hypervisor}`;
}

/** The libvirt domain of a node; unique on its hypervisor because the lab's name is in it. */
export const domainName = (lab: string, node: string): string => `${lab}-${node}`;

/** The libvirt network that the program creates for a lab. */
export const networkName = (lab: string): string => `hardway-${lab}`;

/** The libvirt pool of a lab's disks. */
export const poolName = (lab: string): string => `hardway-${lab}`;

/** The file that libvirt makes a machine's root disk from, in a pool. */
export const imageVolume = (id: string): string => `image-${id}.qcow2`;

/** The file with a machine's cloud-init data, in a pool. */
export const seedVolume = (node: string): string => `${node}-seed.iso`;

/** Whether a volume is one that only the program creates; other files in a pool are the user's own. */
export const isOwnVolume = (name: string): boolean =>
  /^image-[0-9a-f]+\.qcow2$|^.+-seed\.iso$/.test(name);

/** The Pulumi resources of one node that are looked for by name, apart from its steps. */
export const nodeResource = {
  domain: (node: string): string => `${node}-domain`,
  seed: (node: string): string => `${node}-seed`,
  /** The key pair that its sshd identifies itself with. */
  hostKey: (node: string): string => `${node}-ssh-host`,
};

/** The Pulumi resource of the key pair by which the program logs in to the machines that it created. */
export const userKeyResource = "ssh-user";

/** The Pulumi resource of a component's step on a node. */
export const stepResource = (node: string, component: string): string => `${node}-${component}`;

/** The bridge of a lab's network. At most 15 characters: the kernel takes no longer interface name. */
export const bridgeName = (lab: string): string => `hw-${digest(lab).slice(0, 8)}`;

/**
 * The first byte says unicast and locally administered: no manufacturer's card has such an address. The other 40 bits follow
 * from the names alone. Behind QEMU's 52:54:00 there would be 24, and in one of 34 labs of 1,000 nodes two would be alike;
 * so it is in one of two million.
 */
export function macOf(lab: string, node: string): string {
  const tail = digest(`${lab}/${node}`).slice(0, 10).match(/../g) ?? [];
  return ["02", ...tail].join(":");
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
