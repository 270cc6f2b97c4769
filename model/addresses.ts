import ipaddr from "ipaddr.js";

/**
 * Arithmetic on IPv4 addresses and networks, as numbers below 2^32. The schema ensures that
 * addresses and CIDRs are valid.
 */

/** Whether the text is four decimal numbers below 256 with dots between, without leading zeros. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/**
 * Whether the text is an address with a mask length, whether or not bits are set after the mask.
 */
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

/**
 * An IPv4 network. Parsed once, when the config is read; in text it is written in CIDR notation.
 *
 * @example `${Ipv4Network.parse("10.17.0.0/24")}` is "10.17.0.0/24"
 */
export class Ipv4Network {
  /** The network's own address, as a number. */
  readonly first: number;
  /** Length of the mask, 0 to 32. */
  readonly prefix: number;

  private constructor(first: number, prefix: number) {
    this.first = first;
    this.prefix = prefix;
  }

  /** @param cidr valid by `isNetwork` */
  static parse(cidr: string): Ipv4Network {
    const [address = "", prefix = "32"] = cidr.split("/");
    return new Ipv4Network(toNumber(address), Number(prefix));
  }

  /** How many addresses it holds. */
  get size(): number {
    return 2 ** (32 - this.prefix);
  }

  /** The address at this offset, e.g. 10 for the DNS in the Services'. */
  addressAt(offset: number): string {
    return toAddress(this.first + offset);
  }

  /** How far the address is from the network's own; negative, or the size and more, if outside. */
  offsetOf(address: string): number {
    return toNumber(address) - this.first;
  }

  contains(address: string): boolean {
    const offset = this.offsetOf(address);
    return offset >= 0 && offset < this.size;
  }

  overlaps(other: Ipv4Network): boolean {
    return this.first < other.first + other.size && other.first < this.first + this.size;
  }

  /** The network with this mask that is `index` networks of its size after this one's start. */
  subnet(prefix: number, index: number): Ipv4Network {
    return new Ipv4Network(this.first + index * 2 ** (32 - prefix), prefix);
  }

  toString(): string {
    return `${toAddress(this.first)}/${this.prefix}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The router of the nodes' network: the first address, unless the config names another. */
export function gatewayOf(network: {
  readonly nodes: Ipv4Network;
  readonly gateway?: string | undefined;
}): string {
  return network.gateway ?? network.nodes.addressAt(1);
}

/** Mask of the network that each node gives its pods. */
export const podNetworkPrefix = 24;

/**
 * The pod network of the node with this address: as many /24s into the pods' network as the address
 * is into the nodes' network. It depends only on the node's own address, so adding or removing a
 * node never changes another node's pod network.
 */
export const podNetworkOf = (address: string, nodes: Ipv4Network, pods: Ipv4Network): Ipv4Network =>
  pods.subnet(podNetworkPrefix, nodes.offsetOf(address));
