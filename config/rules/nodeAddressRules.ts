import { gatewayOf, type Ipv4Address, type Ipv4Network } from "../../model/addresses.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { type AddressRange, createsNoMachine, isInRange, type NodeGroup } from "./nodeGroups.ts";

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

type PlacedGroup = NodeGroup & { readonly range: AddressRange };

interface NodesNetwork {
  readonly nodes: Ipv4Network;
  /** No node can have its address. */
  readonly gateway: Ipv4Address | undefined;
}

/**
 * The router of the nodes' network. For existing machines alone no network is created: their router
 * can have any address, and is known only if the config names it.
 */
export const routerOf = (
  network: { readonly nodes: Ipv4Network; readonly gateway?: Ipv4Address | undefined },
  groups: readonly NodeGroup[],
): Ipv4Address | undefined => (createsNoMachine(groups) ? network.gateway : gatewayOf(network));

function placeRules(config: NodesNetwork, group: PlacedGroup): ConfigProblem[] {
  const { nodes: network } = config;
  if (network.prefix > 29) {
    return []; // Another rule reports the network.
  }
  const { keys, addressKey, range, count } = group;
  const { gateway } = config;
  const isFirst = gateway !== undefined && network.offsetOf(gateway) === 1;
  const usable = {
    first: network.addressAt(isFirst ? 2 : 1),
    last: network.addressAt(network.size - 2),
  };
  const fault = faultOf(config, range.first);
  if (fault !== undefined) {
    return [
      problemAt(
        [...keys, addressKey],
        `${range.first} ${fault} ${network}; nodes may have ${usable.first} to ${usable.last}`,
      ),
    ];
  }
  if (range.last.number > usable.last.number) {
    const room = usable.last.number - range.first.number + 1;
    return [
      problemAt(
        [...keys, "count"],
        `${count ?? 1} nodes do not fit: from ${range.first} to the end of network.nodes ${network} there is room for ${room}; use a lower first address, or a larger network.nodes`,
      ),
    ];
  }
  return gateway !== undefined && isInRange(range, gateway)
    ? [
        problemAt(
          [...keys, addressKey],
          `${range.first} to ${range.last} would include network.gateway ${gateway}; start after it, or reduce count`,
        ),
      ]
    : [];
}

function faultOf(config: NodesNetwork, address: Ipv4Address): string | undefined {
  const { nodes: network, gateway } = config;
  const offset = network.offsetOf(address);
  if (offset < 0 || offset >= network.size) {
    return "is not in network.nodes";
  }
  const special: Record<number, string> = {
    0: "is the network's own address in network.nodes",
    ...(gateway === undefined
      ? {}
      : { [network.offsetOf(gateway)]: "is the gateway of network.nodes" }),
    [network.size - 1]: "is the broadcast address of network.nodes",
  };
  return special[offset];
}

/** One problem for each group that overlaps another, at the one that comes later in the config. */
function clashes(groups: readonly PlacedGroup[]): ConfigProblem[] {
  const order = new Map(groups.map((group, index) => [group, index]));
  const place = (group: PlacedGroup) => order.get(group) ?? 0;
  const sorted = groups.toSorted(
    (a, b) => a.range.first.number - b.range.first.number || place(a) - place(b),
  );
  let farthest: PlacedGroup | undefined;
  const problems: ConfigProblem[] = [];
  for (const group of sorted) {
    if (farthest !== undefined && isInRange(farthest.range, group.range.first)) {
      const [earlier, later] =
        place(farthest) < place(group) ? [farthest, group] : [group, farthest];
      problems.push(clash(earlier, later, group.range.first));
    }
    if (farthest === undefined || group.range.last.number > farthest.range.last.number) {
      farthest = group;
    }
  }
  return problems;
}

function clash(earlier: PlacedGroup, later: PlacedGroup, shared: Ipv4Address): ConfigProblem {
  const isOne = ({ range }: PlacedGroup) => range.first.number === range.last.number;
  const own = (group: PlacedGroup): string =>
    isOne(group) ? String(group.range.first) : `${group.range.first} to ${group.range.last}`;
  const taken = `${earlier.path} has ${isOne(earlier) ? "it" : own(earlier)} already`;
  const inside = isOne(later) ? "" : ` share ${shared}:`;
  return problemAt(
    [...later.keys, later.addressKey],
    `${own(later)}${inside} ${inside === "" ? "is taken: " : ""}${taken}; each node needs a different address`,
  );
}
