import { expect } from "vitest";
import { messageOf } from "../../../base/errors.ts";
import { type Cluster, list } from "../../../harness/clusters/cluster.ts";
import { versions } from "../../../model/versions.ts";

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  spec: { podCIDR?: string; taints?: { key: string; effect: string }[] };
  status: {
    addresses: { type: string; address: string }[];
    conditions: { type: string; status: string; message?: string }[];
    nodeInfo: { bootID: string; kubeletVersion: string };
    capacity: Record<string, string>;
  };
}

/**
 * Waits until exactly the lab's nodes exist and are Ready, each with its address, version and
 * taints.
 */
export async function expectNodesReady(cluster: Cluster, seconds = 300): Promise<void> {
  const wanted = cluster.nodes.map(({ name, address, roles }) => ({
    name,
    address,
    ready: "True",
    version: versions.kubernetes,
    taints: roles.includes("worker") ? [] : ["node-role.kubernetes.io/control-plane:NoSchedule"],
  }));
  // A returning node keeps the not-ready taint for a moment after it is Ready.
  await expect
    .poll(() => summaries(cluster), { timeout: seconds * 1000, interval: 500 })
    .toEqual(wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

/** Waits until the node is not Ready, with a message that contains these words. */
export async function expectNodeNotReady(
  cluster: Cluster,
  name: string,
  why: string,
  seconds = 120,
): Promise<void> {
  const told = async () => {
    const node = (await nodeObjects(cluster)).find(({ metadata }) => metadata.name === name);
    const ready = node?.status.conditions.find(({ type }) => type === "Ready");
    return `${ready?.status ?? ""}: ${ready?.message ?? ""}`;
  };
  await expect
    .poll(() => told().catch(messageOf), { timeout: seconds * 1000, interval: 500 })
    .toMatch(new RegExp(`^False: .*${why}`));
}

/** Checks that this share of each node's memory is available, by Linux' estimate (MemAvailable). */
export async function expectMemoryLeft(cluster: Cluster, share: number): Promise<void> {
  const looks = cluster.nodes.map(async ({ name }) => {
    const { stdout } = await cluster.ssh(name, "cat /proc/meminfo");
    const mebibytes = (field: string) =>
      Number(new RegExp(`^${field}: *(\\d+) kB$`, "m").exec(stdout)?.[1]) / 1024;
    const [total, left] = [mebibytes("MemTotal"), mebibytes("MemAvailable")];
    process.stdout.write(`${name}: ${left.toFixed(0)} of ${total.toFixed(0)} MiB are left\n`);
    return { name, hasEnough: left >= total * share };
  });
  expect(await Promise.all(looks)).toEqual(
    cluster.nodes.map(({ name }) => ({ name, hasEnough: true })),
  );
}

/** Checks that on every node a shutdown waits for the kubelet, which terminates the pods first. */
export async function expectShutdownsWait(cluster: Cluster): Promise<void> {
  const found = cluster.nodes.map(async ({ name }) => {
    const { stdout } = await cluster.ssh(name, "systemd-inhibit --list --no-legend");
    return [name, stdout.split("\n").map((line) => line.split(/\s+/)[0])];
  });
  expect(await Promise.all(found)).toEqual(cluster.nodes.map(({ name }) => [name, ["kubelet"]]));
}

/**
 * Waits until the node is unreachable for the cluster: a kubelet reports every 10 s, and is late
 * after 40 s.
 */
export async function expectNodeUnreachable(cluster: Cluster, name: string): Promise<void> {
  const told = async () => {
    const node = (await nodeObjects(cluster)).find(({ metadata }) => metadata.name === name);
    return node?.status.conditions.find(({ type }) => type === "Ready")?.status;
  };
  await expect
    .poll(() => told().catch(messageOf), { timeout: 120_000, interval: 500 })
    .toBe("Unknown");
}

/** The expectation for each node; kubectl's error if it failed. */
async function summaries(cluster: Cluster) {
  const nodes = await nodeObjects(cluster).catch(messageOf);
  if (typeof nodes === "string") return nodes;
  return nodes.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    address: status.addresses.find(({ type }) => type === "InternalIP")?.address,
    ready: status.conditions.find(({ type }) => type === "Ready")?.status,
    version: status.nodeInfo.kubeletVersion,
    taints: spec.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? [],
  }));
}

/** Waits until the nodes, sorted by name, allow that many pods: a kubelet reports every 10 s. */
export async function expectPodCapacities(
  cluster: Cluster,
  capacities: readonly number[],
): Promise<void> {
  const told = async () =>
    (await nodeObjects(cluster)).map(({ status }) => Number(status.capacity.pods));
  await expect.poll(told, { timeout: 60_000, interval: 500 }).toEqual(capacities);
}

async function nodeObjects(cluster: Cluster): Promise<NodeObject[]> {
  return list<NodeObject>(cluster, ["nodes"]);
}

/** The kernel command line of each node's last boot, by name. */
export async function bootIds(cluster: Cluster): Promise<Record<string, string>> {
  const nodes = await nodeObjects(cluster);
  return Object.fromEntries(
    nodes.map(({ metadata, status }) => [metadata.name, status.nodeInfo.bootID]),
  );
}
