import { expect } from "vitest";
import {
  type Cluster,
  type ClusterNode,
  controlPlaneOf,
  found,
  list,
} from "../../../harness/clusters/cluster.ts";
import { expectPodsReachPods } from "./network.ts";
import { probePods } from "./probe.ts";

/** Parts of `ip -details`' output about an interface. */
interface Link {
  readonly address: string;
  readonly mtu: number;
  readonly linkinfo: {
    readonly info_kind: string;
    readonly info_data: { readonly id: number; readonly port: number; readonly local: string };
  };
}

/** Parses the JSON output of a command that runs as root on a node. */
async function ask<T>(cluster: Cluster, node: string, command: string): Promise<T> {
  const { stdout, stderr, exitCode } = await cluster.ssh(node, `sudo ${command}`);
  if (exitCode !== 0) throw new Error(`${node}: ${command}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/**
 * Checks that each node's kernel has a VXLAN interface at the node's address, with a forwarding
 * entry for every other node's pods.
 */
export async function expectVxlan(cluster: Cluster): Promise<void> {
  const links = new Map<string, Link>();
  for (const { name, address } of cluster.nodes) {
    const command = "ip -json -details link show flannel.1";
    const [link] = await ask<Link[]>(cluster, name, command);
    const { mtu, linkinfo } = found(link, `flannel.1 on ${name}`);
    expect({ name, mtu, kind: linkinfo.info_kind, ...linkinfo.info_data }).toMatchObject({
      name,
      mtu: 1450,
      kind: "vxlan",
      id: 1,
      port: 8472,
      local: address,
    });
    links.set(name, found(link, `flannel.1 on ${name}`));
  }
  for (const { name } of cluster.nodes) {
    const others = cluster.nodes.filter((other) => other.name !== name);
    const wanted = others.map((other) => ({
      mac: found(links.get(other.name), other.name).address,
      dst: other.address,
    }));
    await expect
      .poll(async () => ({ name, entries: await forwarding(cluster, name) }), { timeout: 30_000 })
      .toEqual({ name, entries: wanted.toSorted(byAddress) });
  }
}

interface Forwarding {
  readonly mac: string;
  readonly dst: string;
}
const byAddress = (a: Forwarding, b: Forwarding) => (a.dst < b.dst ? -1 : 1);

/**
 * Checks the pod network page's claims about a broken flannel: pods miss an entry or interface
 * removed on `node`, flanneld recreates the interface, and a restarted flanneld restores every
 * entry.
 */
export async function expectTaughtAnew(
  cluster: Cluster,
  node: string,
  restart: () => Promise<unknown>,
): Promise<void> {
  const [entry] = await forwarding(cluster, node);
  const { mac, dst } = found(entry, "a forwarding entry");
  await cluster.ssh(node, `sudo bridge fdb delete ${mac} dev flannel.1 dst ${dst}`);
  expect(await forwarding(cluster, node)).not.toContainEqual({ mac, dst });
  await restart();
  await expectVxlan(cluster);

  const link = async () => (await cluster.ssh(node, "ip -brief link show flannel.1")).stdout;
  await cluster.ssh(node, "sudo ip link delete flannel.1");
  await expect.poll(link, { timeout: 60_000 }).toContain("flannel.1");
  expect(await forwarding(cluster, node)).toEqual([]);
  await restart();
  await expectVxlan(cluster);
}

/** The forwarding address for a MAC address behind flannel.1. */
async function forwarding(cluster: Cluster, node: string): Promise<Forwarding[]> {
  const entries = await ask<Forwarding[]>(cluster, node, "bridge -json fdb show dev flannel.1");
  return entries.map(({ mac, dst }) => ({ mac, dst })).sort(byAddress);
}

const countTable = "e2e-count";

/**
 * Counts packets from other machines: VXLAN packets, and packets whose outer header has a pod
 * address.
 */
const countRules = (pods: string) => `table ip ${countTable} {
  chain arrived {
    type filter hook prerouting priority raw; policy accept;
    iifname "eth0" udp dport 8472 counter
    iifname "eth0" ip saddr ${pods} counter
    iifname "eth0" ip daddr ${pods} counter
  }
}
`;

interface Ruleset {
  readonly nftables: { readonly rule?: { readonly expr: { counter?: { packets: number } }[] } }[];
}

/** Checks that traffic between pods of different nodes arrives only inside VXLAN packets. */
export async function expectPacketsInside(cluster: Cluster, pods: string): Promise<void> {
  for (const { name } of cluster.nodes) {
    await cluster.ssh(name, "sudo nft --file -", { input: countRules(pods) });
  }
  try {
    await expectPodsReachPods(cluster);
    for (const { name } of cluster.nodes) {
      const list = `nft --json list table ip ${countTable}`;
      const { nftables } = await ask<Ruleset>(cluster, name, list);
      const counters = nftables.flatMap(
        ({ rule }) => rule?.expr.flatMap(({ counter }) => counter?.packets ?? []) ?? [],
      );
      const [inside = 0, ...outside] = counters;
      expect({ name, outside }).toEqual({ name, outside: [0, 0] });
      // Two remote pods send requests to this pod, and it sends requests to them: at least so many
      // packets in one direction.
      expect(inside).toBeGreaterThan(10);
    }
  } finally {
    for (const { name } of cluster.nodes) {
      await cluster.ssh(name, `sudo nft delete table ip ${countTable}`);
    }
  }
}

/**
 * Checks that a pod's largest packet arrives complete on another node, and a larger one is not
 * sent.
 */
export async function expectLargestPackets(cluster: Cluster): Promise<void> {
  const pods = await probePods(cluster);
  const [from, to] = [found(pods.at(-1), "a pod"), found(pods.at(-2), "another pod")];
  const ping = async (bytes: number) => {
    const headers = 28;
    const options = `-c 1 -W 10 -M do -s ${bytes - headers}`;
    const { stdout, stderr, exitCode } = await cluster.ssh(
      from.node,
      `set -e
       container=$(sudo crictl ps --quiet --label io.kubernetes.pod.uid=${from.uid})
       pid=$(sudo crictl inspect --output go-template --template '{{.info.pid}}' "$container")
       sudo nsenter --target "$pid" --net ping ${options} ${to.address}`,
    );
    return { exitCode, said: `${stdout}\n${stderr}` };
  };
  expect(await ping(1450)).toMatchObject({ exitCode: 0 });
  const { exitCode, said } = await ping(1451);
  expect(exitCode).not.toBe(0);
  expect(said).toMatch(/message too long, mtu=1450/i);
}

interface NodeObject {
  metadata: { name: string };
  status: { conditions: { type: string; status: string; reason: string }[] };
}

/** Checks that flanneld has reported every Node's network as available. */
export async function expectNetworkTold(cluster: Cluster): Promise<void> {
  const told = async () =>
    (await list<NodeObject>(cluster, ["nodes"])).map(({ metadata, status }) => {
      const condition = status.conditions.find(({ type }) => type === "NetworkUnavailable");
      return `${metadata.name} ${condition?.status} ${condition?.reason}`;
    });
  const wanted = cluster.nodes.map(({ name }) => `${name} False FlannelIsUp`).sort();
  await expect.poll(told, { timeout: 60_000 }).toEqual(wanted);
}

/** Checks that flanneld's credentials can only read Nodes, and remove none. */
export async function expectFlannelConfined(cluster: Cluster): Promise<void> {
  const { name } = controlPlaneOf(cluster);
  const kubectl = "sudo kubectl --kubeconfig /etc/kubernetes/flannel.conf";
  const run = async (words: string) => cluster.ssh(name, `${kubectl} ${words}`);
  expect((await run("get nodes --output name")).stdout.split("\n").sort()).toEqual(
    cluster.nodes.map((node: ClusterNode) => `node/${node.name}`).sort(),
  );
  const refused = [
    "get secrets --all-namespaces",
    "get pods --all-namespaces",
    `delete node ${name} --dry-run=server`,
    `label node ${name} mine=yes`,
  ];
  for (const words of refused) {
    const { exitCode, stderr } = await run(words);
    expect({ words, exitCode, stderr }).toMatchObject({
      words,
      exitCode: 1,
      stderr: expect.stringContaining(`User "system:flannel:${name}" cannot`) as string,
    });
  }
}
