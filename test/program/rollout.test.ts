import { beforeAll, describe, expect, test } from "vitest";
import { haCluster, labOf, recordAfter } from "../../harness/program/labs.ts";
import { type ProgramRun, runProgram } from "../../harness/program/runProgram.ts";

const { pools } = haCluster;
const grown = {
  ...haCluster,
  nodes: {},
  pools: {
    ...pools,
    worker: { count: 3, roles: ["worker"], firstAddress: "10.17.0.31" },
  },
};
const larger = {
  ...grown,
  pools: { ...grown.pools, worker: { ...grown.pools.worker, count: 4 } },
};

let created: ProgramRun;
let changed: ProgramRun;

beforeAll(async () => {
  [created, changed] = await Promise.all([
    runProgram({ cluster: larger, stack: "ha" }),
    runProgram({
      cluster: larger,
      stack: "ha",
      earlier: { record: recordAfter(labOf(grown, "ha")) },
    }),
  ]);
});

/** For each node with this step, the nodes whose step of the same name it waits for. */
function turns(run: ProgramRun, step: string): Record<string, string[]> {
  const ending = `-${step}`;
  const nodesIn = (urns: readonly string[]) =>
    urns
      .filter((urn) => urn.includes("$command:remote:Command::"))
      .map((urn) => urn.split("::").at(-1) ?? "")
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length));
  const steps = run.registrations.filter(
    ({ type, name }) => type === "command:remote:Command" && name.endsWith(ending),
  );
  return Object.fromEntries(
    steps.map(({ name, dependencies }) => [name.slice(0, -ending.length), nodesIn(dependencies)]),
  );
}

/** The order of the existing nodes that run this step, the canary first. */
function rollout(run: ProgramRun, step: string): string[] {
  const before = turns(run, step);
  const after = new Map(Object.entries(before).flatMap(([node, [first]]) => [[first, node]]));
  const order: string[] = [];
  // The last worker is new, so it is in no chain.
  const isFirst = ([node, [first]]: [string, string[]]) =>
    first === undefined && node !== "worker-4";
  let [next] = Object.entries(before).find(isFirst) ?? [undefined];
  for (; next !== undefined; next = after.get(next)) order.push(next);
  return order;
}

const controlPlanes = ["control-3", "control-2", "control-1"];
const workers = ["worker-3", "worker-2", "worker-1"];
const balancers = ["lb-2", "lb-1"];

describe("a change to a living cluster", () => {
  test.each([
    ["kubelet", [...workers, ...controlPlanes]],
    ["kube-proxy", [...workers, ...controlPlanes]],
    ["containerd", [...workers, ...controlPlanes]],
    ["node", [...workers, ...controlPlanes]],
    ["kube-apiserver", controlPlanes],
    ["kube-scheduler", controlPlanes],
    ["kube-controller-manager", controlPlanes],
    ["etcd", controlPlanes],
    ["haproxy", balancers],
    ["keepalived", balancers],
  ])("reaches one node at a time: %s", (step, order) => {
    expect(rollout(changed, step)).toEqual(order);
    for (const [node, before] of Object.entries(turns(changed, step))) {
      expect({ node, before }).toEqual({ node, before: before.slice(0, 1) });
    }
  });

  test("reaches one node at a time: os", () => {
    const order = rollout(changed, "os");
    expect(order.slice(-3)).toEqual(controlPlanes);
    expect([...order.slice(0, -3)].sort()).toEqual([...balancers, ...workers].sort());
  });

  test("does not wait for a new node, nor a new node for it", () => {
    for (const step of ["os", "containerd", "kubelet", "kube-proxy", "node"]) {
      const before = turns(changed, step);
      expect({ step, waitsFor: before["worker-4"] }).toEqual({ step, waitsFor: [] });
      expect(Object.values(before).flat()).not.toContain("worker-4");
    }
  });

  test("differs from creation in edges alone, so an unchanged step stays unchanged", () => {
    const inputsOf = ({ registrations }: ProgramRun) =>
      registrations
        .filter(({ type }) => type === "command:remote:Command")
        .map(({ urn, inputs }) => [urn, inputs] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    expect(inputsOf(created).length).toBeGreaterThan(0);
    expect(inputsOf(changed)).toEqual(inputsOf(created));
  });
});

test("a new lab is created in parallel", () => {
  for (const step of ["os", "containerd", "kubelet", "kube-proxy", "node", "haproxy"]) {
    expect({ step, edges: Object.values(turns(created, step)).flat() }).toEqual({
      step,
      edges: [],
    });
  }
});
