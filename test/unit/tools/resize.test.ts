import { describe, expect, test } from "vitest";
import { type ClusterPlan, guestNodes, planCluster } from "../../../plan.ts";
import type { Engine } from "../../../tools/engine.ts";
import { resizedMachines, resizeInTurn, sayWhatChanges } from "../../../tools/resize.ts";
import { haCluster, labOf, manyHostsCluster } from "../../support/labs.ts";
import { testSession } from "./session.ts";

/** Three control planes of this size, two balancers and a worker. */
const planOf = (memoryMiB: number, cpus = 2): ClusterPlan =>
  planCluster(
    labOf({
      ...haCluster,
      pools: { ...haCluster.pools, control: { ...haCluster.pools.control, memoryMiB, cpus } },
    }),
  );

const urnOf = (name: string) => `urn:pulumi:dev::hardway::x::${name}`;

/** What the state says once this plan is made. */
const stateOf = (plan: ClusterPlan) => ({
  deployment: {
    resources: [
      ...plan.nodes.flatMap(({ name }) =>
        ["host", "etcd", "node"].map((step) => ({
          urn: urnOf(`${name}-${step}`),
          type: "command",
        })),
      ),
      ...guestNodes(plan).map(({ name, machine: { guest } }) => ({
        urn: urnOf(`${name}-domain`),
        type: "libvirt:index/domain:Domain",
        provider: `urn:pulumi:dev::hardway::x$pulumi:providers:libvirt::libvirt${guest.hypervisor === undefined ? "" : `@${guest.hypervisor}`}::id`,
        inputs: { name: guest.domain, vcpu: guest.cpus, memory: guest.memoryMiB },
      })),
    ],
  },
});

const controls = ["control-1", "control-2", "control-3"];

describe("machines that are to have another size", () => {
  const before = planOf(2048);
  const state = stateOf(before);
  const namesIn = (plan: ClusterPlan, exported: unknown = state) =>
    resizedMachines(plan, exported).map(({ node }) => node);

  test("by memory or by processors, and no others", () => {
    expect(namesIn(before)).toEqual([]);
    expect(namesIn(planOf(4096))).toEqual(controls);
    expect(namesIn(planOf(2048, 4))).toEqual(controls);
    expect(resizedMachines(planOf(4096), state)[0]?.urn).toBe(urnOf("control-1-domain"));
  });

  test.each(["lb-1-host", "control-2-etcd", "worker-1-node"])(
    "none while %s is to come",
    (name) => {
      const { resources } = state.deployment;
      const without = resources.filter(({ urn }) => urn !== urnOf(name));
      expect(namesIn(planOf(4096), { deployment: { resources: without } })).toEqual([]);
    },
  );

  test("none of a lab that is not there at all", () => {
    expect(namesIn(planOf(4096), { deployment: null })).toEqual([]);
  });

  test("none that moves to another hypervisor: that is another machine", () => {
    const many = (memoryMiB: number, hypervisors: readonly string[]) =>
      planCluster(
        labOf({
          ...manyHostsCluster,
          pools: { worker: { ...manyHostsCluster.pools.worker, memoryMiB, hypervisors } },
        }),
      );
    const made = stateOf(many(2048, ["rack-1", "rack-2"]));
    expect(namesIn(many(4096, ["rack-1"]), made)).toEqual(["worker-1", "worker-3"]);
  });
});

test.each([
  [[], false],
  [["--parallel", "1", "--show-sames"], false],
  [["-t", "**::control-1-domain"], true],
  [["--target=**::control-1-domain", "--target-dependents"], true],
  [["--exclude", "**::worker-1-domain"], true],
  [["--expect-no-changes"], true],
])("%j of pulumi up say what changes: %s", (options, says) => {
  expect(sayWhatChanges(options)).toBe(says);
});

describe("in turn", () => {
  function engineOf(codes: readonly number[]) {
    const runs: string[][] = [];
    const engine: Engine = {
      env: {},
      run: (args) => {
        runs.push([...args]);
        return Promise.resolve(codes[runs.length - 1] ?? 0);
      },
      output: () => Promise.resolve(JSON.stringify(stateOf(planOf(2048)))),
    };
    return { engine, runs };
  }
  const up = { args: ["up", "--yes"], asks: false };
  const only = (name: string) => ["--target", urnOf(`${name}-domain`), "--target-dependents"];

  test("each has a run of its own", async () => {
    const { session, lines } = testSession();
    const { engine, runs } = engineOf([]);
    expect(await resizeInTurn(session, { engine }, planOf(4096), up)).toBe(0);
    expect(runs).toEqual(controls.map((name) => ["up", "--yes", ...only(name)]));
    expect(lines).toEqual([
      "control-1, control-2, control-3 get another size, one after the other",
    ]);
  });

  test("after one that fails nobody else goes", async () => {
    const { session } = testSession();
    const { engine, runs } = engineOf([0, 7]);
    expect(await resizeInTurn(session, { engine }, planOf(4096), up)).toBe(7);
    expect(runs).toHaveLength(2);
  });

  test("nothing is run where nobody has to wait", async () => {
    const { session, lines } = testSession();
    const { engine, runs } = engineOf([]);
    expect(await resizeInTurn(session, { engine }, planOf(2048), up)).toBe(0);
    const one = planCluster(
      labOf({
        ...haCluster,
        nodes: { "worker-1": { ...haCluster.nodes["worker-1"], memoryMiB: 4096 } },
      }),
    );
    expect(await resizeInTurn(session, { engine }, one, up)).toBe(0);
    expect([runs, lines]).toEqual([[], []]);
  });
});
