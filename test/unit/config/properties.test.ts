import fc from "fast-check";
import { expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { Ipv4Network, podNetworkOf } from "../../../model/addresses.ts";
import type { LabNode } from "../../../model/lab.ts";
import { surroundings } from "./surroundings.ts";

/** Networks of these prefix lengths, with addresses for a control plane and some workers. */
const labShape = fc
  .record({
    nodesPrefix: fc.integer({ min: 16, max: 26 }),
    podsPrefix: fc.integer({ min: 8, max: 20 }),
    places: fc.uniqueArray(fc.integer({ min: 2, max: 65_533 }), { minLength: 2, maxLength: 40 }),
  })
  .map(({ nodesPrefix, podsPrefix, places }) => {
    const room = Math.min(2 ** (32 - nodesPrefix) - 2, 2 ** (24 - podsPrefix) - 1);
    return {
      network: {
        nodes: `172.16.0.0/${nodesPrefix}`,
        pods: `10.0.0.0/${podsPrefix}`,
        services: "192.168.0.0/16",
      },
      places: [...new Set(places.map((place) => 2 + (place % (room - 2))))],
    };
  });

type LabShape = typeof labShape extends fc.Arbitrary<infer Shape> ? Shape : never;

const firstOfNodes = Ipv4Network.parse("172.16.0.0/16").first;

function clusterOf({ network, places }: LabShape) {
  const nodes = places.map((place, index) => [
    `n-${place}`,
    {
      roles: index === 0 ? ["control-plane", "worker"] : ["worker"],
      address: String(firstOfNodes.plus(place)),
    },
  ]);
  return { network, nodes: Object.fromEntries(nodes) as Record<string, unknown> };
}

const nodesOf = (cluster: unknown): readonly LabNode[] => labFrom(cluster, surroundings()).nodes;

test("pod networks of distinct nodes never overlap, and are inside the pods' network", () => {
  fc.assert(
    fc.property(labShape, (shape) => {
      const { nodes, pods } = shape.network;
      const networks = nodesOf(clusterOf(shape)).map(({ address }) =>
        podNetworkOf(address, Ipv4Network.parse(nodes), Ipv4Network.parse(pods)),
      );
      const all = Ipv4Network.parse(pods);
      for (const [index, network] of networks.entries()) {
        expect(all.contains(network.first)).toBe(true);
        expect(all.contains(network.addressAt(network.size - 1))).toBe(true);
        for (const other of networks.slice(index + 1)) {
          expect(network.overlaps(other)).toBe(false);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("a node that comes or goes changes no other", () => {
  fc.assert(
    fc.property(labShape, fc.nat(), (shape, choice) => {
      fc.pre(shape.places.length > 1);
      const gone = 1 + (choice % (shape.places.length - 1));
      const all = nodesOf(clusterOf(shape));
      const fewer = nodesOf(clusterOf({ ...shape, places: shape.places.toSpliced(gone, 1) }));
      const name = `n-${shape.places[gone] ?? 0}`;
      expect(all.filter((node) => node.name !== name)).toEqual(fewer);
    }),
    { numRuns: 200 },
  );
});

test("a pool that grows changes none of its nodes", () => {
  const poolOf = (count: number) =>
    nodesOf({
      nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
      pools: { worker: { count, roles: ["worker"], firstAddress: "10.17.0.21" } },
    });
  fc.assert(
    fc.property(fc.nat(200), fc.nat(30), (count, more) => {
      expect(poolOf(count + more).slice(0, count + 1)).toEqual(poolOf(count));
    }),
  );
});

test("two nodes in one place are refused, wherever they stand", () => {
  fc.assert(
    fc.property(labShape, fc.nat(), (shape, choice) => {
      const cluster = clusterOf(shape);
      const twin = shape.places[choice % shape.places.length] ?? 0;
      const address = String(firstOfNodes.plus(twin));
      const nodes = { ...cluster.nodes, twin: { roles: ["worker"], address } };
      expect(
        clusterProblems({ ...cluster, nodes }).map(({ path, message }) => [path, message]),
      ).toEqual([
        [
          "nodes.twin.address",
          `${address} is taken: nodes.n-${twin} has it already; each node needs a different address`,
        ],
      ]);
    }),
  );
});

test("a thousand nodes are checked, right or wrong, each problem once", () => {
  const nodesOfKind = (node: object) =>
    Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `n-${index}`,
        { roles: ["worker"], address: String(firstOfNodes.plus(20 + index)), ...node },
      ]),
    );
  const network = { nodes: "172.16.0.0/20", pods: "10.0.0.0/10", services: "192.168.0.0/16" };
  const cp = { roles: ["control-plane"], address: "172.16.0.11" };
  const problems = (node: object) =>
    clusterProblems({ network, nodes: { cp, ...nodesOfKind(node) } }).length;
  expect(problems({ kubelet: { maxPods: 50 } })).toBe(0);
  expect(problems({ rols: 1, roles: ["worke"], kubelet: { maxPod: 50 } })).toBe(3000);
});
