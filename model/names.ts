import { createHash } from "node:crypto";

/**
 * The name of a resource that one hypervisor's machines have in common. No node has an @ in its name, so nothing of a node is
 * called the same.
 */
export function sharedResource(what: string, hypervisor: string | undefined): string {
  return hypervisor === undefined ? what : `${what}@${hypervisor}`;
}

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
