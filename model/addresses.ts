import ipaddr from "ipaddr.js";

/** Arithmetic on IPv4 addresses and networks, as numbers below 2^32. Addresses and CIDRs are valid by schema. */

/** True of four decimal numbers below 256 with dots between, no leading zeros. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** True of an address with a mask's length behind it, whether or not bits are set behind the mask. */
export function isNetwork(text: string): boolean {
  const [address = "", prefix = "", ...more] = text.split("/");
  return more.length === 0 && isAddress(address) && /^([0-9]|[12][0-9]|3[0-2])$/.test(prefix);
}

export function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((number, byte) => number * 256 + byte, 0);
}

export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** A network by its first address, its mask's length and how many addresses it holds. */
export interface Network {
  readonly first: number;
  readonly prefix: number;
  readonly size: number;
}

export function parseNetwork(cidr: string): Network {
  const [address = "", prefix = "32"] = cidr.split("/");
  return { first: toNumber(address), prefix: Number(prefix), size: 2 ** (32 - Number(prefix)) };
}

/** The address `offset` places behind the network's own, e.g. 10 for the DNS in the Services'. */
export function addressIn(cidr: string, offset: number): string {
  return toAddress(parseNetwork(cidr).first + offset);
}

/** The router of the nodes' network: the first address, unless the config names another. */
export function gatewayOf(network: {
  readonly nodes: string;
  readonly gateway?: string | undefined;
}) {
  return network.gateway ?? addressIn(network.nodes, 1);
}

export function contains(network: Network, address: string): boolean {
  const number = toNumber(address);
  return number >= network.first && number < network.first + network.size;
}

export function overlap(a: Network, b: Network): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** Mask of the network that each node gives its pods. */
export const podNetworkPrefix = 24;

/**
 * The pod network of the node with this address: as many /24s into the pods' network as the address is
 * into the nodes' network. It depends on nothing but the node's own address, so that a node added or
 * removed never moves another's pods.
 */
export function podNetworkOf(address: string, nodesCidr: string, podsCidr: string): string {
  const offset = toNumber(address) - parseNetwork(nodesCidr).first;
  return `${toAddress(parseNetwork(podsCidr).first + offset * 2 ** (32 - podNetworkPrefix))}/${podNetworkPrefix}`;
}
