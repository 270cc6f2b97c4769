import { isAddress, toNumber } from "../../model/addresses.ts";
import type { Keys } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";

type NodeConfig = ClusterConfig["nodes"][string];
type PoolConfig = ClusterConfig["pools"][string];

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
  /** First and last address as numbers. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
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

function rangeOf(address: string | undefined, count: number | undefined): NodeGroup["range"] {
  if (address === undefined || !isAddress(address) || count === undefined || count === 0) {
    return undefined;
  }
  const first = toNumber(address);
  return { first, last: first + count - 1 };
}
