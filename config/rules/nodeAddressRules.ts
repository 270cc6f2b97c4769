import { gatewayOf, type Ipv4Network, toAddress, toNumber } from "../../model/addresses.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { createsNoMachine, type NodeGroup } from "./nodeGroups.ts";

/** Every broken rule about nodes' addresses in `network.nodes`, and duplicate addresses. */
export function addressRules(
  { network }: Draft<ClusterConfig>,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  const nodes = network?.nodes;
  const placed = groups.flatMap((group) =>
    group.range === undefined ? [] : [{ ...group, range: group.range }],
  );
  return [
    ...(nodes === undefined
      ? []
      : placed.flatMap((group) =>
          placeRules({ nodes, gateway: routerOf({ ...network, nodes }, groups) }, group),
        )),
    ...clashes(placed),
  ];
}

type PlacedGroup = NodeGroup & {
  readonly range: { readonly first: number; readonly last: number };
};

interface NodesNetwork {
  readonly nodes: Ipv4Network;
  /** No node can have its address. */
  readonly gateway: string | undefined;
}

/**
 * The router of the nodes' network. For existing machines alone no network is created: their router
 * can have any address, and is known only if the config names it.
 */
export const routerOf = (
  network: { readonly nodes: Ipv4Network; readonly gateway?: string | undefined },
  groups: readonly NodeGroup[],
): string | undefined => (createsNoMachine(groups) ? network.gateway : gatewayOf(network));

function placeRules(config: NodesNetwork, group: PlacedGroup): ConfigProblem[] {
  const { nodes: network } = config;
  if (network.prefix > 29) {
    return []; // Another rule reports the network.
  }
  const { keys, addressKey, range, count } = group;
  const { gateway } = config;
  const begin = gateway !== undefined && toNumber(gateway) === network.first + 1 ? 2 : 1;
  const usable = { first: network.first + begin, last: network.first + network.size - 2 };
  const fault = faultOf(config, range.first);
  if (fault !== undefined) {
    return [
      problemAt(
        [...keys, addressKey],
        `${toAddress(range.first)} ${fault} ${network}; nodes may have ${toAddress(usable.first)} to ${toAddress(usable.last)}`,
      ),
    ];
  }
  if (range.last > usable.last) {
    const room = usable.last - range.first + 1;
    return [
      problemAt(
        [...keys, "count"],
        `${count ?? 1} nodes do not fit: from ${toAddress(range.first)} to the end of network.nodes ${network} there is room for ${room}; use a lower first address, or a larger network.nodes`,
      ),
    ];
  }
  return gateway !== undefined && range.first < toNumber(gateway) && toNumber(gateway) <= range.last
    ? [
        problemAt(
          [...keys, addressKey],
          `${toAddress(range.first)} to ${toAddress(range.last)} would include network.gateway ${gateway}; start after it, or reduce count`,
        ),
      ]
    : [];
}

function faultOf(config: NodesNetwork, address: number): string | undefined {
  const { nodes: network, gateway } = config;
  const offset = address - network.first;
  if (offset < 0 || offset >= network.size) {
    return "is not in network.nodes";
  }
  const special: Record<number, string> = {
    0: "is the network's own address in network.nodes",
    ...(gateway === undefined
      ? {}
      : { [toNumber(gateway) - network.first]: "is the gateway of network.nodes" }),
    [network.size - 1]: "is the broadcast address of network.nodes",
  };
  return special[offset];
}

/** One problem for each group that overlaps another, at the one that comes later in the config. */
function clashes(groups: readonly PlacedGroup[]): ConfigProblem[] {
  const order = new Map(groups.map((group, index) => [group, index]));
  const place = (group: PlacedGroup) => order.get(group) ?? 0;
  const sorted = groups.toSorted((a, b) => a.range.first - b.range.first || place(a) - place(b));
  let farthest: PlacedGroup | undefined;
  const problems: ConfigProblem[] = [];
  for (const group of sorted) {
    if (farthest !== undefined && group.range.first <= farthest.range.last) {
      const [earlier, later] =
        place(farthest) < place(group) ? [farthest, group] : [group, farthest];
      problems.push(clash(earlier, later, group.range.first));
    }
    if (farthest === undefined || group.range.last > farthest.range.last) {
      farthest = group;
    }
  }
  return problems;
}

function clash(earlier: PlacedGroup, later: PlacedGroup, shared: number): ConfigProblem {
  const own = ({ range }: PlacedGroup): string =>
    range.first === range.last
      ? toAddress(range.first)
      : `${toAddress(range.first)} to ${toAddress(range.last)}`;
  const taken = `${earlier.path} has ${earlier.range.first === earlier.range.last ? "it" : own(earlier)} already`;
  const inside = later.range.first === later.range.last ? "" : ` share ${toAddress(shared)}:`;
  return problemAt(
    [...later.keys, later.addressKey],
    `${own(later)}${inside} ${inside === "" ? "is taken: " : ""}${taken}; each node needs a different address`,
  );
}
