import { expect } from "vitest";
import type { Cluster } from "../../../harness/clusters/cluster.ts";
import { expectPodsReachPods, expectServicesLeadToPods } from "./network.ts";
import { bootIds, expectNodesReady } from "./nodes.ts";

/**
 * Checks that these nodes have booted since `before`, all nodes are Ready, and pods and network
 * work.
 */
export async function expectComeback(
  cluster: Cluster,
  nodes: readonly string[],
  before: Record<string, string>,
): Promise<void> {
  const notBooted = async () => {
    const now = await bootIds(cluster).catch(() => before);
    return nodes.filter((node) => now[node] === before[node]);
  };
  await expect.poll(notBooted, { timeout: 180_000 }).toEqual([]);
  await expectNodesReady(cluster);
  await expectServicesLeadToPods(cluster, 180);
  await expectPodsReachPods(cluster);
}
