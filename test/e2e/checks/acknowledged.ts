import { expect } from "vitest";
import { type Cluster, list } from "../../../harness/clusters/cluster.ts";
import { probeNamespace } from "./probe.ts";

/**
 * Writes keys one after the other and cuts the API server's power meanwhile; returns the names of
 * the acknowledged keys.
 */
export async function acknowledgeUntil(
  cluster: Cluster,
  cut: () => Promise<unknown>,
): Promise<string[]> {
  const acknowledged: string[] = [];
  const create = ["create", "configmap", "--namespace", probeNamespace, "--request-timeout=5s"];
  const cutOff = new AbortController();
  const writing = (async () => {
    for (let number = 0; !cutOff.signal.aborted; number += 1) {
      const name = `written-${number}`;
      const answered = await cluster.kubectl([...create, name]).then(
        () => true,
        () => false,
      );
      if (answered) acknowledged.push(name);
    }
  })();
  await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(10);
  await cut();
  cutOff.abort();
  await writing;
  return acknowledged;
}

/** Checks that all of these keys exist. */
export async function expectKept(cluster: Cluster, names: readonly string[]): Promise<void> {
  const maps = await list<{ metadata: { name: string } }>(cluster, [
    ...["configmaps", "--namespace", probeNamespace],
  ]);
  const there = new Set(maps.map(({ metadata }) => metadata.name));
  expect(names.filter((name) => !there.has(name))).toEqual([]);
}
