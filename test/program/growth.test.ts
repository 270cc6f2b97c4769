import { beforeAll, describe, expect, test } from "vitest";
import { labOf, planOf, recordAfter } from "../../harness/program/labs.ts";
import { type ProgramRun, runProgram } from "../../harness/program/runProgram.ts";

/** A load balancer, control planes, and workers. */
const clusterOf = (controlPlanes: number, workers: number) => ({
  network: { nodes: "10.16.0.0/16", pods: "10.128.0.0/9", services: "10.32.0.0/16" },
  nodes: { lb: { roles: ["load-balancer"], address: "10.16.0.5" } },
  pools: {
    control: { count: controlPlanes, roles: ["control-plane"], firstAddress: "10.16.0.11" },
    worker: { count: workers, roles: ["worker"], firstAddress: "10.16.1.1" },
  },
});

const preview = (controlPlanes: number, workers: number, countsOperations = false) =>
  runProgram({ cluster: clusterOf(controlPlanes, workers), mode: "preview", countsOperations });

const resourcesOf = ({ registrations }: ProgramRun): number => registrations.length;

/** The number of dependencies between resources. */
const waitsOf = ({ registrations }: ProgramRun): number =>
  registrations.reduce((sum, { dependencies }) => sum + dependencies.length, 0);

describe("what a node costs does not depend on how many there are", () => {
  const perControlPlane = 34;
  const perWorker = 15;
  let none: ProgramRun;
  let half: ProgramRun;
  let all: ProgramRun;

  beforeAll(async () => {
    // One at a time: parallel runs need three times the memory.
    none = await preview(3, 0);
    half = await preview(3, 60);
    all = await preview(3, 120);
  }, 900_000);

  test("control planes: 1, 3 and 5 of them", async () => {
    const [one, five] = await Promise.all([preview(1, 0), preview(5, 0)]);
    expect(resourcesOf(none) - resourcesOf(one)).toBe(2 * perControlPlane);
    expect(resourcesOf(five) - resourcesOf(none)).toBe(2 * perControlPlane);
  });

  test("workers, from none to 120", () => {
    expect(resourcesOf(half) - resourcesOf(none)).toBe(60 * perWorker);
    expect(resourcesOf(all) - resourcesOf(half)).toBe(60 * perWorker);
    expect(waitsOf(all) - waitsOf(half)).toBe(waitsOf(half) - waitsOf(none));
  });

  test("an order of changes adds one dependency per step and existing node", async () => {
    const changed = await runProgram({
      cluster: clusterOf(3, 60),
      mode: "preview",
      earlier: { record: recordAfter(labOf(clusterOf(3, 60))) },
    });
    expect(resourcesOf(changed)).toBe(resourcesOf(half));
    // os, containerd, kubelet, kube-proxy, node: all 63 nodes but the first wait for another.
    // os on the load balancer; etcd, controller manager, scheduler on 3 control planes. Emulated
    // API servers wait for each other anyway.
    const nodes = 63;
    expect(waitsOf(changed) - waitsOf(half)).toBe(5 * (nodes - 1) + 1 + 3 * 2);
  });

  test("a worker waits for the same in any company", async () => {
    const few = await preview(3, 2);
    const own = ({ registrations }: ProgramRun) =>
      registrations
        .filter(({ name }) => name.startsWith("worker-2-"))
        .map(({ urn, dependencies }) => ({ urn, dependencies }))
        .sort((a, b) => (a.urn < b.urn ? -1 : 1));
    expect(own(few)).toHaveLength(perWorker);
    expect(own(all)).toEqual(own(few));
  });
});

test("the program's work grows in a straight line too", async () => {
  const counts: number[] = [];
  for (const workers of [0, 30, 60]) {
    const { operations } = await preview(3, workers, true);
    counts.push(operations ?? Number.NaN);
  }
  const [none = 0, thirty = 0, sixty = 0] = counts;
  // Each node has a route to every other, which adds 1 %. If the work grew with the square of the
  // number of nodes, the ratio would be 3.
  expect((sixty - thirty) / (thirty - none)).toBeLessThan(1.05);
}, 300_000);

test("50 nodes on 10 hosts cost what they cost on one, and a provider, a pool and an image for each host", async () => {
  const hosts = Array.from({ length: 10 }, (_, index) => `rack-${index + 1}`);
  const { pools, ...cluster } = clusterOf(3, 46);
  const [lb, control, worker] = [cluster.nodes.lb, pools.control, pools.worker];
  const spread = {
    network: { ...cluster.network, bridge: "br0" },
    mirrorAddress: "10.16.0.2",
    machines: {
      domainType: "kvm",
      hypervisors: Object.fromEntries(
        hosts.map((name) => [name, { libvirt: `qemu+ssh://root@${name}/system` }]),
      ),
    },
    nodes: { lb: { ...lb, hypervisor: "rack-4" } },
    pools: {
      control: { ...control, hypervisors: hosts.slice(0, 3) },
      // From the fifth on, so that the first four come last.
      worker: { ...worker, hypervisors: [...hosts.slice(4), ...hosts.slice(0, 4)] },
    },
  };
  const one = await preview(3, 46);
  const many = await runProgram({ cluster: spread, mode: "preview" });
  // The single hypervisor also has the lab's network.
  expect(resourcesOf(many) - resourcesOf(one)).toBe(10 * 3 - 4);
  const domains = many.registrations.filter(({ type }) => type === "libvirt:index/domain:Domain");
  const perHost = hosts.map(
    (host) =>
      domains.filter(({ provider }) => provider.split("::")[3] === `libvirt@${host}`).length,
  );
  expect(perHost).toEqual(hosts.map(() => 5));
}, 300_000);

test("200 nodes are planned, each as it is in a small lab but for the routes to the others", () => {
  const few = planOf(labOf(clusterOf(3, 2)));
  const many = planOf(labOf(clusterOf(3, 196)));
  const own = ({ nodes }: typeof few, more: number) =>
    nodes
      .slice(0, few.nodes.length)
      .map((node) => ({ ...node, podRoutes: node.podRoutes.length + more }));
  expect(many.nodes).toHaveLength(200);
  expect(own(many, 0)).toEqual(own(few, 194));
});
