import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { macOf } from "../../../model/names.ts";

describe("a lab's plan", () => {
  test("of the dev lab", async () => {
    const plan = planOf(labOf());
    await expect(
      `${JSON.stringify({ ...plan, artifacts: undefined }, null, 2)}\n`,
    ).toMatchFileSnapshot("__snapshots__/dev.json");
  });

  test("an artefact comes from the mirror under its hash, else from its publisher", () => {
    const { kubelet } = planOf(labOf()).artifacts;
    expect(kubelet.urls).toEqual([
      `http://10.17.0.1:8473/artifacts/${kubelet.sha256}/kubelet`,
      "https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet",
    ]);
  });

  test("with flannel there are no routes, and pods' packets leave room for VXLAN's headers", () => {
    const { network, nodes } = planOf(labOf({ ...devCluster, network: { plugin: "flannel" } }));
    expect(network.podNetwork).toEqual({
      kind: "flannel",
      vxlan: { vni: 1, port: 8472, interface: "flannel.1", podMtu: 1450 },
    });
    expect(nodes.map(({ podRoutes }) => podRoutes)).toEqual([[], [], []]);
    const routes = planOf(labOf());
    expect(routes.network.podNetwork).toEqual({ kind: "routes" });
    expect(nodes.map(({ podNetwork }) => podNetwork)).toEqual(
      routes.nodes.map(({ podNetwork }) => podNetwork),
    );
  });

  test("each node has its runtime, and the kubelet finds it where it listens", () => {
    const { nodes } = planOf(
      labOf({
        runtime: "cri-o",
        nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11", runtime: "containerd" } },
        pools: { worker: { count: 1, roles: ["worker"], firstAddress: "10.17.0.21" } },
      }),
    );
    const containerd = {
      name: "containerd",
      unit: "containerd.service",
      socket: "/run/containerd/containerd.sock",
    };
    const crio = { name: "cri-o", unit: "crio.service", socket: "/run/crio/crio.sock" };
    expect(nodes.map(({ runtime }) => runtime)).toEqual([containerd, crio]);
  });

  test("additional names of the API are distinguished from addresses", {
    meta: { rows: ["S2-28"] },
  }, () => {
    const { api } = planOf(
      labOf({ ...devCluster, api: { names: ["api.lab.example", "192.0.2.7"] } }),
    );
    expect(api.names).toContain("api.lab.example");
    expect(api.addresses).toContain("192.0.2.7");
    expect(api.names).not.toContain("192.0.2.7");
  });
});

describe("a node's own", () => {
  test("labels and taints are added to those of its roles", () => {
    const [control, worker] = planOf(
      labOf({
        nodes: {
          "control-1": {
            roles: ["control-plane"],
            address: "10.17.0.11",
            taints: ["own:NoExecute"],
          },
          "worker-1": { roles: ["worker"], address: "10.17.0.21", labels: { disk: "ssd" } },
        },
      }),
    ).nodes;
    expect(control?.taints).toEqual([
      "node-role.kubernetes.io/control-plane:NoSchedule",
      "own:NoExecute",
    ]);
    expect(worker?.labels).toEqual({
      disk: "ssd",
      "hardway.io/lab": "dev",
      "node-role.kubernetes.io/worker": "",
    });
  });

  test("name, address, MAC and pod network stay when others come and go", {
    meta: { rows: ["S1-04", "S2-26"] },
  }, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        (one, other) => {
          const nodesOf = (count: number) =>
            planOf(
              labOf({ ...devCluster, pools: { worker: { ...devCluster.pools.worker, count } } }),
            ).nodes.map((node) => ({ ...node, podRoutes: undefined }));
          const [few, many] = [nodesOf(Math.min(one, other)), nodesOf(Math.max(one, other))];
          expect(many.slice(0, few.length)).toEqual(few);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("MAC is unicast, locally administered, and derived from lab and name", () => {
    // Must never change: another MAC address is another card, and the machine would lose its
    // network.
    expect(macOf("dev", "worker-1")).toBe("02:d1:5f:db:e7:4f");
    expect(macOf("test", "worker-1")).not.toBe(macOf("dev", "worker-1"));
    fc.assert(
      fc.property(fc.string(), fc.string(), (lab, node) => {
        expect(macOf(lab, node)).toMatch(/^02(:[0-9a-f]{2}){5}$/);
      }),
    );
    const all = Array.from({ length: 10_000 }, (_, index) => macOf("dev", `worker-${index}`));
    expect(new Set(all).size).toBe(all.length);
  });
});

test("1,000 nodes plan, each with a way to all the others", () => {
  const plan = planOf(
    labOf({
      network: { nodes: "10.16.0.0/16", pods: "10.128.0.0/9" },
      nodes: { "control-1": { roles: ["control-plane"], address: "10.16.0.10" } },
      pools: { worker: { count: 999, roles: ["worker"], firstAddress: "10.16.1.1" } },
    }),
  );
  expect(plan.nodes).toHaveLength(1000);
  expect(new Set(plan.nodes.map(({ podNetwork }) => podNetwork)).size).toBe(1000);
  for (const node of plan.nodes) {
    expect(node.podRoutes).toHaveLength(999);
  }
});
