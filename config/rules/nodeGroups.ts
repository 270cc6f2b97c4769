import type { Ipv4Address } from "../../model/addresses.ts";
import type { Keys } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";

type NodeConfig = ClusterConfig["nodes"][string];
type PoolConfig = ClusterConfig["pools"][string];

/** All addresses from the first to the last. */
export interface AddressRange {
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
}

/**
 * A single node, or all nodes of a pool: a rule reports a pool once, not each of its nodes. Invalid
 * parts of the config are undefined.
 */
export interface NodeGroup {
  /** `["nodes", name]` or `["pools", name]`. */
  readonly keys: Keys;
  /** As text for messages: `nodes.control-1`. */
  readonly path: string;
  readonly name: string;
  readonly pooled: boolean;
  /** Number of nodes; 1 for a single node. */
  readonly count: number | undefined;
  /** The key of the first address: `address` or `firstAddress`. */
  readonly addressKey: "address" | "firstAddress";
  readonly range: AddressRange | undefined;
  readonly settings: Draft<Omit<NodeConfig, "address"> & Pick<PoolConfig, "hypervisors">>;
}

export function nodeGroups(config: Draft<ClusterConfig>): NodeGroup[] {
  const single = Object.entries(config.nodes ?? {}).map(
    ([name, node = {}]): NodeGroup => ({
      ...placed("nodes", name),
      count: 1,
      addressKey: "address",
      range: rangeOf(node.address, 1),
      settings: node,
    }),
  );
  const pooled = Object.entries(config.pools ?? {}).map(
    ([name, pool = {}]): NodeGroup => ({
      ...placed("pools", name),
      count: pool.count,
      addressKey: "firstAddress",
      range: rangeOf(pool.firstAddress, pool.count),
      settings: pool,
    }),
  );
  return [...single, ...pooled];
}

/** True if every node is an existing machine, so that no network is created for the lab. */
export const createsNoMachine = (groups: readonly NodeGroup[]): boolean =>
  groups.length > 0 &&
  groups.every(({ count, settings }) => settings.host !== undefined || count === 0);

function placed(section: "nodes" | "pools", name: string) {
  return {
    keys: [section, name],
    path: `${section}.${name}`,
    name,
    pooled: section === "pools",
  };
}

function rangeOf(
  first: Ipv4Address | undefined,
  count: number | undefined,
): AddressRange | undefined {
  return first === undefined || count === undefined || count === 0
    ? undefined
    : { first, last: first.plus(count - 1) };
}

export const isInRange = ({ first, last }: AddressRange, { number }: Ipv4Address): boolean =>
  first.number <= number && number <= last.number;
