import { describe, expect, test } from "vitest";
import { renderSeed, seedPath } from "../../../cloudinit/seed.ts";
import { haCluster, labOf, manyHostsCluster, planOf } from "../../../harness/program/labs.ts";
import { sharedResource } from "../../../model/names.ts";
import type { ClusterPlan, GuestNode } from "../../../plan/clusterPlan.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import { recordOf } from "../../../plan/record.ts";
import type { Engine } from "../../../tools/pulumi/engineInterface.ts";
import {
  machinesToRestart,
  restartOneByOne,
  selectResources,
} from "../../../tools/pulumi/restarts.ts";
import { parseState } from "../../../tools/pulumi/stackState.ts";
import { testSession } from "./session.ts";

/** Three control planes of this size, two load balancers and a worker. */
const planWith = (memoryMiB: number, cpus = 2): ClusterPlan =>
  planOf(
    labOf({
      ...haCluster,
      pools: { ...haCluster.pools, control: { ...haCluster.pools.control, memoryMiB, cpus } },
    }),
  );

const urnOf = (name: string) => `urn:pulumi:dev::hardway::x::${name}`;

const seedKeys = (name: string) => ({
  hostPrivateKey: `private key of ${name}\n`,
  hostPublicKey: `public key of ${name}`,
  userPublicKey: "public key of the program",
});

const keyOf = (name: string, publicKeyOpenssh: string, privateKey: string) => ({
  urn: urnOf(name),
  type: "tls:index/privateKey:PrivateKey",
  outputs: { publicKeyOpenssh, privateKeyOpenssh: { plaintext: JSON.stringify(privateKey) } },
});

/** The state of an existing machine. */
function machineOf(plan: ClusterPlan, node: GuestNode) {
  const { name } = node;
  const guest = node.machine;
  const keys = seedKeys(name);
  const path = seedPath(plan, renderSeed(plan, node, keys));
  return [
    {
      urn: urnOf(`${name}-seed`),
      type: "libvirt:index/volume:Volume",
      inputs: { source: path },
    },
    {
      urn: urnOf(`${name}-domain`),
      type: "libvirt:index/domain:Domain",
      provider: `urn:pulumi:dev::hardway::x$pulumi:providers:libvirt::${sharedResource("libvirt", guest.hypervisor)}::id`,
      inputs: { name: guest.domain, vcpu: guest.cpus, memory: guest.memoryMiB },
    },
    keyOf(`${name}-ssh-host`, keys.hostPublicKey, keys.hostPrivateKey),
  ];
}

const deployed = () => ({ user: "root", port: 22, hostKey: "ssh-ed25519 AAAA", ready: true });

/** The state after this plan was applied. */
const stateOf = (plan: ClusterPlan) => ({
  deployment: {
    resources: [
      {
        urn: urnOf("hardway-dev"),
        type: "pulumi:pulumi:Stack",
        outputs: { record: recordOf(plan, deployed) },
      },
      ...plan.libvirt.hypervisors
        .filter(({ bridge }) => bridge === undefined)
        .map(({ name }) => ({
          urn: urnOf(sharedResource("network", name)),
          type: "libvirt:index/network:Network",
          inputs: { addresses: [String(plan.network.nodes)] },
        })),
      keyOf("ssh-user", seedKeys("").userPublicKey, "private key of the program"),
      ...plan.nodes.flatMap(({ name }) =>
        ["os", "etcd", "node"].map((step) => ({
          urn: urnOf(`${name}-${step}`),
          type: "command:remote:Command",
        })),
      ),
      ...guestNodes(plan).flatMap((node) => machineOf(plan, node)),
    ],
  },
});

const controls = ["control-1", "control-2", "control-3"];

/** The same lab with other name servers, router or networks. */
const networkOf = (network: object, cluster: object = haCluster): ClusterPlan =>
  planOf(labOf({ ...cluster, network }));

describe("machines that are to boot again", () => {
  const before = planWith(2048);
  const state = stateOf(before);
  const namesIn = (plan: ClusterPlan, exported: unknown = state) =>
    machinesToRestart(plan, parseState(exported)).map(({ node }) => node);

  test("with another size: by memory or by processors, and no others", () => {
    expect(namesIn(before)).toEqual([]);
    expect(namesIn(planWith(4096))).toEqual(controls);
    expect(namesIn(planWith(2048, 4))).toEqual(controls);
    expect(machinesToRestart(planWith(4096), parseState(state))[0]?.urns).toEqual([
      urnOf("control-1-seed"),
      urnOf("control-1-domain"),
    ]);
  });

  test("with another seed: all, by a name server more", () => {
    const made = networkOf({ dns: ["192.0.2.53"] });
    const all = guestNodes(made).map(({ name }) => name);
    expect(namesIn(made, stateOf(made))).toEqual([]);
    expect(namesIn(networkOf({ dns: ["192.0.2.53", "192.0.2.54"] }), stateOf(made))).toEqual(all);
  });

  test("with another seed: all, by another router of their bridge", () => {
    const bridged = (gateway: string) =>
      networkOf({ ...manyHostsCluster.network, gateway }, manyHostsCluster);
    const made = stateOf(bridged("10.17.0.254"));
    expect(namesIn(bridged("10.17.0.254"), made)).toEqual([]);
    expect(namesIn(bridged("10.17.0.253"), made)).toEqual([
      "control-1",
      "worker-1",
      "worker-2",
      "worker-3",
    ]);
  });

  test("none where their network is another: they would not reach each other meanwhile", () => {
    expect(namesIn(networkOf({ nodes: "10.17.0.0/23" }))).toEqual([]);
    const bridged = planOf(
      labOf({ ...haCluster, network: { bridge: "br0" }, mirrorAddress: "10.17.0.2" }),
    );
    expect(namesIn(bridged)).toEqual([]);
    expect(namesIn(planWith(4096), stateOf(bridged))).toEqual([]);
  });

  test("none if a node's address changes: other nodes could not reach it", () => {
    const moved = planOf(
      labOf({
        ...haCluster,
        nodes: { "worker-1": { roles: ["worker"], address: "10.17.0.22" } },
        network: { dns: ["192.0.2.53"] },
      }),
    );
    expect(namesIn(moved)).toEqual([]);
  });

  test.each([
    ...["lb-1-os", "control-2-etcd", "worker-1-node"],
    ...["ssh-user", "control-1-ssh-host"],
  ])("none while %s is to come", (name) => {
    const { resources } = state.deployment;
    const without = resources.filter(({ urn }) => urn !== urnOf(name));
    expect(namesIn(planWith(4096), { deployment: { resources: without } })).toEqual([]);
  });

  test("none of a lab that is not there at all", () => {
    expect(namesIn(planWith(4096), { deployment: null })).toEqual([]);
  });

  test("none that moves to another hypervisor: that is another machine", () => {
    const many = (memoryMiB: number, hypervisors: readonly string[]) =>
      planOf(
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
  expect(selectResources(options)).toBe(says);
});

describe("one at a time", () => {
  function engineOf(codes: readonly number[]) {
    const runs: string[][] = [];
    const engine: Engine = {
      env: {},
      run: (args) => {
        runs.push([...args]);
        return Promise.resolve(codes[runs.length - 1] ?? 0);
      },
      // A state without secrets does not show which seed comes next.
      output: (args) =>
        args.includes("--show-secrets")
          ? Promise.resolve(JSON.stringify(stateOf(planWith(2048))))
          : Promise.reject(new Error("the state was asked for without its secrets")),
    };
    return { engine, runs };
  }
  const up = { args: ["up", "--yes"], asks: false };
  const only = (name: string) => [
    ...["--target", urnOf(`${name}-seed`), "--target", urnOf(`${name}-domain`)],
    "--target-dependents",
  ];

  test("each has a run of its own", async () => {
    const { session, lines } = testSession();
    const { engine, runs } = engineOf([]);
    expect(await restartOneByOne(session, { engine }, planWith(4096), up)).toBe(0);
    expect(runs).toEqual(controls.map((name) => ["up", "--yes", ...only(name)]));
    expect(lines).toEqual([
      "control-1, control-2, control-3 restart with another size or seed, one at a time",
    ]);
  });

  test("stop after one that fails", async () => {
    const { session } = testSession();
    const { engine, runs } = engineOf([0, 7]);
    expect(await restartOneByOne(session, { engine }, planWith(4096), up)).toBe(7);
    expect(runs).toHaveLength(2);
  });

  test("nothing is run if no machine has to wait", async () => {
    const { session, lines } = testSession();
    const { engine, runs } = engineOf([]);
    expect(await restartOneByOne(session, { engine }, planWith(2048), up)).toBe(0);
    const one = planOf(
      labOf({
        ...haCluster,
        nodes: { "worker-1": { ...haCluster.nodes["worker-1"], memoryMiB: 4096 } },
      }),
    );
    expect(await restartOneByOne(session, { engine }, one, up)).toBe(0);
    expect([runs, lines]).toEqual([[], []]);
  });
});
