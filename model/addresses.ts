import ipaddr from "ipaddr.js";

/** Arithmetic on IPv4 addresses and networks, parsed once, when the config is read. */

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

/** An IPv4 address. In text it is written with dots. */
export class Ipv4Address {
  /** Below 2^32. */
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  /** @param text valid by `isAddress` */
  static parse(text: string): Ipv4Address {
    const bytes = ipaddr.IPv4.parse(text).toByteArray();
    return new Ipv4Address(bytes.reduce((number, byte) => number * 256 + byte, 0));
  }

  plus(offset: number): Ipv4Address {
    return new Ipv4Address(this.number + offset);
  }

  toString(): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(this.number / 2 ** shift) % 256).join(".");
  }

  toJSON(): string {
    return this.toString();
  }
}

/**
 * An IPv4 network. In text it is written in CIDR notation.
 *
 * @example `${Ipv4Network.parse("10.17.0.0/24")}` is "10.17.0.0/24"
 */
export class Ipv4Network {
  /** The network's own address. */
  readonly first: Ipv4Address;
  /** Length of the mask, 0 to 32. */
  readonly prefix: number;

  private constructor(first: Ipv4Address, prefix: number) {
    this.first = first;
    this.prefix = prefix;
  }

  /** @param cidr valid by `isNetwork` */
  static parse(cidr: string): Ipv4Network {
    const [address = "", prefix = "32"] = cidr.split("/");
    return new Ipv4Network(Ipv4Address.parse(address), Number(prefix));
  }

  /** How many addresses it holds. */
  get size(): number {
    return 2 ** (32 - this.prefix);
  }

  /** The address at this offset, e.g. 10 for the DNS in the Services'. */
  addressAt(offset: number): Ipv4Address {
    return this.first.plus(offset);
  }

  /** How far the address is from the network's own; negative, or the size and more, if outside. */
  offsetOf(address: Ipv4Address): number {
    return address.number - this.first.number;
  }

  contains(address: Ipv4Address): boolean {
    const offset = this.offsetOf(address);
    return offset >= 0 && offset < this.size;
  }

  overlaps(other: Ipv4Network): boolean {
    return this.contains(other.first) || other.contains(this.first);
  }

  /** The network with this mask that is `index` networks of its size after this one's start. */
  subnet(prefix: number, index: number): Ipv4Network {
    return new Ipv4Network(this.addressAt(index * 2 ** (32 - prefix)), prefix);
  }

  toString(): string {
    return `${this.first}/${this.prefix}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The router of the nodes' network: the first address, unless the config names another. */
export function gatewayOf(network: {
  readonly nodes: Ipv4Network;
  readonly gateway?: Ipv4Address | undefined;
}): Ipv4Address {
  return network.gateway ?? network.nodes.addressAt(1);
}

/** Mask of the network that each node gives its pods. */
export const podNetworkPrefix = 24;

/**
 * The pod network of the node with this address: as many /24s into the pods' network as the address
 * is into the nodes' network. It depends only on the node's own address, so adding or removing a
 * node never changes another node's pod network.
 */
export const podNetworkOf = (
  address: Ipv4Address,
  nodes: Ipv4Network,
  pods: Ipv4Network,
): Ipv4Network => pods.subnet(podNetworkPrefix, nodes.offsetOf(address));
