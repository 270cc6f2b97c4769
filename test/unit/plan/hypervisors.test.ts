import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  devCluster,
  haCluster,
  labOf,
  manyHostsCluster,
  planOf,
} from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import { guestsIn } from "../../../model/machines.ts";
import { guestNodes } from "../../../plan/nodes.ts";

/** Each node's hypervisor. */
const placesOf = (cluster: unknown) =>
  Object.fromEntries(
    guestNodes(planOf(labOf(cluster))).map(({ name, machine }) => [name, machine.hypervisor]),
  );

/** The lab with this number of workers on these hypervisors. */
const withWorkers = (count: number, hypervisors: readonly string[]) => ({
  ...manyHostsCluster,
  pools: { worker: { ...manyHostsCluster.pools.worker, count, hypervisors } },
});

const names = ["rack-1", "rack-2", "rack-3", "rack-4"];

/** The lab with more hypervisors than it uses. */
const withHypervisors = (count: number) => ({
  ...manyHostsCluster,
  machines: {
    ...manyHostsCluster.machines,
    hypervisors: Object.fromEntries(
      names.slice(0, count).map((name) => [name, { libvirt: `qemu+ssh://root@${name}/system` }]),
    ),
  },
});

describe("where nodes are", () => {
  test.each([
    [["rack-1"], ["rack-1", "rack-1", "rack-1", "rack-1", "rack-1"]],
    [
      ["rack-1", "rack-2"],
      ["rack-1", "rack-2", "rack-1", "rack-2", "rack-1"],
    ],
    [
      ["rack-2", "rack-1"],
      ["rack-2", "rack-1", "rack-2", "rack-1", "rack-2"],
    ],
    // A name that is listed twice gets twice as many.
    [
      ["rack-1", "rack-2", "rack-2"],
      ["rack-1", "rack-2", "rack-2", "rack-1", "rack-2"],
    ],
  ])("five of a pool on %j", (hypervisors, expected) => {
    expect(placesOf(withWorkers(5, hypervisors))).toEqual({
      "control-1": "rack-1",
      ...Object.fromEntries(expected.map((name, index) => [`worker-${index + 1}`, name])),
    });
  });

  test("another node moves no machine", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.array(fc.constantFrom("rack-1", "rack-2"), { minLength: 1, maxLength: 7 }),
        (count, hypervisors) => {
          const few = placesOf(withWorkers(count, hypervisors));
          expect(placesOf(withWorkers(count + 1, hypervisors))).toMatchObject(few);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("another hypervisor of the lab moves no machine, and is not contacted", () => {
    expect(placesOf(withHypervisors(4))).toEqual(placesOf(withHypervisors(2)));
    const used = planOf(labOf(withHypervisors(4))).libvirt.hypervisors;
    expect(used.map(({ name }) => name)).toEqual(["rack-1", "rack-2"]);
  });

  test("a list with an entry for each node places new ones on a new hypervisor, and moves no machine", () => {
    const before = placesOf({
      ...withHypervisors(3),
      pools: withWorkers(3, ["rack-1", "rack-2"]).pools,
    });
    const pools = withWorkers(5, ["rack-1", "rack-2", "rack-1", "rack-3", "rack-3"]).pools;
    expect(placesOf({ ...withHypervisors(3), pools })).toEqual({
      ...before,
      "worker-4": "rack-3",
      "worker-5": "rack-3",
    });
  });

  test("the only hypervisor is every node's", () => {
    const cluster = {
      machines: { hypervisors: { big: { libvirt: "qemu:///system" } } },
      nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
      pools: { worker: { count: 1, roles: ["worker"], firstAddress: "10.17.0.21" } },
    };
    expect(placesOf(cluster)).toEqual({ cp: "big", "worker-1": "big" });
  });
});

test("a hypervisor has what the lab says for all, and what is its own over it", () => {
  const lab = labOf(manyHostsCluster);
  const images = [lab.machines.image];
  expect(planOf(lab).libvirt.hypervisors).toEqual([
    {
      name: "rack-1",
      uri: "qemu+ssh://root@rack-1/system",
      poolPath: "/var/lib/libvirt/hardway/dev",
      images,
      bridge: "br0",
    },
    {
      name: "rack-2",
      uri: "qemu+ssh://root@rack-2/system",
      poolPath: "/srv/hardway/dev",
      images,
      bridge: "br1",
    },
  ]);
});

test("a guest has the host's own processor with KVM, and an emulated one the least that its image runs on", () => {
  const modes = (lab: Lab) => guestNodes(planOf(lab)).map(({ machine: guest }) => guest.cpuMode);
  const lab = labOf(manyHostsCluster);
  const places = guestsIn(lab.nodes).map(({ machine }) => machine.hypervisor);
  const onKvm = (then: string | undefined) =>
    places.map((place) => (place === "rack-1" ? "host-passthrough" : then));
  expect(modes(lab)).toEqual(onKvm(undefined));
  const image = { ...lab.machines.image, cpuLevel: "x86-64-v3" } as const;
  expect(modes({ ...lab, machines: { ...lab.machines, image } })).toEqual(onKvm("maximum"));
});

test("an emulated guest has no more processors than the lab says for such, and one with KVM what it has", () => {
  const cpusWith = (emulatedCpus?: number) => {
    const cluster = {
      ...manyHostsCluster,
      machines: { ...manyHostsCluster.machines, cpus: 3, emulatedCpus },
    };
    return guestNodes(planOf(labOf(cluster))).map(({ machine: guest }) => [
      guest.hypervisor,
      guest.cpus,
    ]);
  };
  const [kvm, emulated] = ["rack-1", "rack-2"];
  expect(cpusWith()).toEqual([kvm, kvm, emulated, kvm].map((place) => [place, 3]));
  expect(cpusWith(1)).toEqual([
    [kvm, 3],
    [kvm, 3],
    [emulated, 1],
    [kvm, 3],
  ]);
  expect(cpusWith(4)).toEqual(cpusWith());
});

test("a node is the same wherever its machine is made", () => {
  const nodesOf = (hypervisors: readonly string[]) =>
    planOf(labOf(withWorkers(3, hypervisors))).nodes.map(({ machine, ...node }) => ({
      ...node,
      machine: {
        ...(machine.kind === "guest" ? machine : {}),
        ...{
          hypervisor: undefined,
          domainType: undefined,
          cpuMode: undefined,
          rootDisk: undefined,
        },
      },
    }));
  expect(nodesOf(["rack-1"])).toEqual(nodesOf(["rack-2", "rack-1"]));
});

test("gateway, name servers and mirror of a bridged network are the config's", () => {
  const { network, mirror } = planOf(labOf(manyHostsCluster));
  expect(network).toMatchObject({ gateway: "10.17.0.254", nameServers: ["192.0.2.53"] });
  expect(String(mirror)).toBe("http://10.17.0.2:8473");
  const router = planOf(
    labOf({ ...manyHostsCluster, network: { bridge: "br0", gateway: "10.17.0.254" } }),
  );
  expect(router.network.nameServers).toEqual(["10.17.0.254"]);
});

test("leaders are patient where a machine is emulated, and as upstream has them elsewhere", () => {
  const withType = (domainType: string) =>
    planOf(labOf({ ...devCluster, machines: { domainType } })).leaderElection;
  expect(withType("qemu")).toEqual({
    leaseDurationSeconds: 60,
    renewDeadlineSeconds: 40,
    retryPeriodSeconds: 5,
  });
  expect(withType("kvm")).toBeUndefined();
});

test("API servers start one at a time if machines are emulated, and only then", () => {
  const inTurn = (domainType: string) =>
    planOf(labOf({ ...haCluster, machines: { domainType } })).apiServersInTurn;
  expect([inTurn("qemu"), inTurn("kvm")]).toEqual([true, false]);
});

test("load balancers give API servers more time where a machine is emulated", () => {
  const withType = (domainType: string) =>
    planOf(labOf({ ...haCluster, machines: { domainType } })).loadBalancer?.times;
  expect(withType("kvm")).toMatchObject({ connectSeconds: 2, checkIntervalSeconds: 1 });
  expect(withType("qemu")).toEqual({
    connectSeconds: 15,
    checkIntervalSeconds: 15,
    checkSeconds: 15,
    takeoverIntervalSeconds: 3,
    takeoverCheckSeconds: 10,
    haproxyIntervalSeconds: 10,
  });
});
