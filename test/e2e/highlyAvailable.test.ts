import { beforeAll, describe, expect, test } from "vitest";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import { type Cluster, list } from "../../harness/clusters/cluster.ts";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { addressHolders, etcdVoters, expectMemberKept } from "./checks/highAvailability.ts";
import { expectDnsAnswers, expectServicesLeadToPods } from "./checks/network.ts";
import { expectNodesReady, expectNodeUnreachable } from "./checks/nodes.ts";
import { deployProbe, probeNamespace, probeNodePort } from "./checks/probe.ts";
import { type Probed, whileUsed } from "./checks/prober.ts";

const controlPlane = (number: number) => ({
  name: `control-${number}`,
  address: `10.18.0.1${number}`,
  roles: ["control-plane"],
});
const balancers = [1, 2].map((number) => ({
  name: `lb-${number}`,
  address: `10.18.0.3${number}`,
  roles: ["load-balancer"],
}));
const worker = { name: "worker-1", address: "10.18.0.21", roles: ["worker"] };
const nodesWith = (...numbers: readonly number[]) => [...numbers.map(controlPlane), worker];
const apiAddress = "10.18.0.10";

/** Harmless changes, each of which restarts (or reloads) a component on every node that runs it. */
const breakingChanges = [
  {
    unit: "kubelet",
    canary: "worker-1",
    settings: { kubelet: { failCgroupV1: false, maxPods: 77 } },
    runsOn: (role: string) => role !== "load-balancer",
  },
  {
    unit: "kube-proxy",
    canary: "worker-1",
    settings: { kubeProxy: { nftables: { minSyncPeriod: "2s" } } },
    runsOn: (role: string) => role !== "load-balancer",
  },
  {
    unit: "containerd",
    canary: "worker-1",
    settings: { outside: { registries: { "registry.example": ["http://10.18.0.1:1"] } } },
    runsOn: (role: string) => role !== "load-balancer",
  },
  {
    unit: "kube-scheduler",
    canary: "control-3",
    settings: { flags: { "kube-scheduler": { v: 1 } } },
    runsOn: (role: string) => role === "control-plane",
  },
  {
    unit: "kube-controller-manager",
    canary: "control-3",
    settings: { flags: { "kube-scheduler": { v: 1 }, "kube-controller-manager": { v: 1 } } },
    runsOn: (role: string) => role === "control-plane",
  },
  {
    unit: "haproxy",
    canary: "lb-2",
    settings: { ingress: { http: 30080 } },
    runsOn: (role: string) => role === "load-balancer",
    isReloaded: true,
  },
];

// One cluster for the whole file, whose control planes change while a client uses it.
describe("three control planes behind two load balancers", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;
  const written: string[] = [];

  const config = (
    machines: MachinesLab,
    nodes: ReturnType<typeof nodesWith>,
    { names, allow = [] }: { names?: string[]; allow?: string[] } = {},
  ) => ({
    ...clusterConfig(machines, [...nodes, ...balancers]),
    api: { address: apiAddress, ...(names === undefined ? {} : { names }) },
    allow,
  });
  const alone = () => config(lab, nodesWith(1), { allow: ["etcd-below-quorum"] });
  const clusterOf = (nodes: ReturnType<typeof nodesWith>): Cluster => ({ ...cluster, nodes });

  /** The failed requests of a client while the cluster changes. */
  async function noticed(
    change: () => Promise<void>,
    serviceUrl?: string,
  ): Promise<Probed["failures"]> {
    const probed = await whileUsed(lab, change, serviceUrl);
    written.push(...probed.written);
    return probed.failures;
  }
  const unnoticed = async (change: () => Promise<void>, serviceUrl?: string) =>
    expect(await noticed(change, serviceUrl)).toEqual([]);

  const voters = (node: string) => etcdVoters(cluster, node);
  const services = ["etcd", "kube-apiserver", "kubelet"];
  const states = async (node: string) => {
    const show = `systemctl show --property ActiveState --value ${services.join(" ")}`;
    const { stdout } = await lab.ssh(node, show);
    return stdout.split("\n").filter((line) => line !== "");
  };
  /** When the unit's current run began. */
  const startOf = async (node: string, unit: string) => {
    const show = `systemctl show --property ActiveEnterTimestampMonotonic --value ${unit}`;
    return (await lab.ssh(node, show)).stdout;
  };
  const onEach = (machines: readonly { name: string }[], command: string) =>
    Promise.all(machines.map(({ name }) => lab.ssh(name, command)));
  const holders = () => addressHolders(cluster, balancers, apiAddress);

  beforeAll(async () => {
    const built = await buildCluster({
      name: "e2e-ha",
      machines: [...nodesWith(1, 2, 3, 4), ...balancers],
      nodes: nodesWith(1, 2, 3),
      config: (machines) => config(machines, nodesWith(1, 2, 3)),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("all members start together, and the API is available at the load balancers' address", {
    meta: { rows: ["S1-17"] },
  }, async () => {
    expect(Object.keys(first)).toEqual(["create"]);
    expect(cluster.apiUrl).toBe(`https://${apiAddress}:6443`);
    expect(await voters("control-2")).toEqual(["control-1", "control-2", "control-3"]);
    expect(await holders()).toHaveLength(1);
    await expectNodesReady(cluster, 60);
    await expectDnsAnswers(cluster);
    await expectServicesLeadToPods(cluster);
  });

  test("a second up changes nothing", async () => {
    expect(await stack.up()).toEqual({ same: first.create });
  });

  test("a change to all API servers is a rolling restart", {
    meta: { rows: ["S4-18"] },
  }, async () => {
    await unnoticed(async () => {
      await stack.configure(config(lab, nodesWith(1, 2, 3), { names: ["api.example.org"] }));
      await stack.up();
    });
    await stack.configure(config(lab, nodesWith(1, 2, 3)));
    await unnoticed(async () => {
      await stack.up();
    });
  });

  const serviceUrl = `http://${worker.address}:${probeNodePort}/hostname`;
  /** The harmless changes so far. */
  const applied = {};
  // Each would fail on every node.
  test.each(breakingChanges)(
    "a change that breaks $unit stops at $canary",
    async ({ unit, canary, settings, runsOn, isReloaded = false }) => {
      const nodes = nodesWith(1, 2, 3);
      const machines = [...nodes, ...balancers].filter(({ roles }) => roles.some(runsOn));
      const others = machines.map(({ name }) => name).filter((name) => name !== canary);
      const starts = () => Promise.all(others.map((name) => startOf(name, unit)));
      const dropIn = `/etc/systemd/system/${unit}.service.d`;
      const text = "[Service]\\nExecStartPre=/bin/false\\nExecReload=/bin/false\\n";
      const before = await starts();
      expect(before.length).toBeGreaterThan(0);
      await onEach(
        machines,
        `sudo mkdir -p ${dropIn}; printf '${text}' | sudo tee ${dropIn}/broken.conf; sudo systemctl daemon-reload`,
      );
      await unnoticed(async () => {
        Object.assign(applied, settings);
        await stack.configure({ ...config(lab, nodes), ...applied });
        await expect(stack.up()).rejects.toThrow(`${canary}-${unit}`);
        expect(await starts()).toEqual(before);
      }, serviceUrl);
      await onEach(machines, `sudo rm -r ${dropIn}; sudo systemctl daemon-reload`);
      await unnoticed(async () => {
        const { update = 0 } = await stack.up();
        expect(update).toBeGreaterThanOrEqual(machines.length);
      }, serviceUrl);
      const after = await starts();
      if (!isReloaded) for (const start of before) expect(after).not.toContain(start);
    },
  );

  test("all these changes are reverted in one up, and no request fails", async () => {
    await stack.configure(config(lab, nodesWith(1, 2, 3)));
    await unnoticed(async () => {
      await stack.up();
    }, serviceUrl);
  });

  test("a rebooting control plane causes no failed requests", async () => {
    await unnoticed(() => lab.reboot("control-1"));
    await expectNodesReady(clusterOf(nodesWith(1, 2, 3)));
    await expect.poll(() => voters("control-1"), { timeout: 60_000 }).toHaveLength(3);
    // Its API server may still be starting; the two others respond.
    await expect
      .poll(() => states("control-1"), { timeout: 60_000 })
      .toEqual(services.map(() => "active"));
  });

  test("one control plane is replaced by another, and the others keep running", async () => {
    const started = async () => {
      const { stdout } = await lab.ssh(
        "control-1",
        `systemctl show --property ActiveEnterTimestampMonotonic ${services.join(" ")}`,
      );
      return stdout;
    };
    const before = await started();
    await unnoticed(async () => {
      await stack.configure(config(lab, nodesWith(1, 2, 4)));
      await stack.up();
    });
    expect(await voters("control-1")).toEqual(["control-1", "control-2", "control-4"]);
    await expectNodesReady(clusterOf(nodesWith(1, 2, 4)));
    expect(await started()).toBe(before);
    const { stdout } = await lab.ssh(
      "control-3",
      "sudo ls -d /etc/etcd /var/lib/etcd /etc/kubernetes",
    );
    expect(stdout).toBe("");
  });

  // The first control plane, so that requests to only the first one are noticed.
  test("a power cut of a control plane fails only its running requests, and soon none", async () => {
    let cut = 0;
    const failures = await noticed(async () => {
      await lab.powerCut("control-1");
      cut = Date.now();
      await expectNodeUnreachable(cluster, "control-1");
    });
    const later = failures.filter(({ at }) => Date.parse(at) > cut + 10_000);
    expect(later).toEqual([]);
  });

  test("while it is down, removing another is refused: the rest would have no quorum", {
    meta: { rows: ["S1-17"] },
  }, async () => {
    await unnoticed(async () => {
      await expectMemberKept(cluster, "control-2", "control-4");
      // The machine that is to become the whole cluster is down: this is reported before any member
      // is removed.
      await stack.configure(alone());
      await expect(stack.up()).rejects.toThrow("10.18.0.11");
    });
    expect(await voters("control-2")).toEqual(["control-1", "control-2", "control-4"]);
  });

  test("and it is replaced under the same name", async () => {
    await unnoticed(async () => {
      await lab.replace("control-1");
      await stack.configure(config(lab, nodesWith(1, 2, 4)));
      await stack.up();
    });
    expect(await voters("control-1")).toEqual(["control-1", "control-2", "control-4"]);
    await expectNodesReady(clusterOf(nodesWith(1, 2, 4)));
  });

  test("the address moves after a power cut of its load balancer", async () => {
    const [holder = ""] = await holders();
    await lab.powerCut(holder);
    await expect
      .poll(() => cluster.kubectl(["get", "--raw", "/readyz"]).catch(String), { timeout: 60_000 })
      .toBe("ok");
    await lab.powerOn(holder);
    await expect.poll(holders, { timeout: 60_000 }).toHaveLength(1);
  });

  test("three members become one, and no acknowledged write is lost", async () => {
    await stack.configure(config(lab, nodesWith(1)));
    await expect(stack.up()).rejects.toThrow("allow: [etcd-below-quorum]");
    await stack.configure(alone());
    await stack.up();
    expect(await voters("control-1")).toEqual(["control-1"]);
    await expectNodesReady(clusterOf(nodesWith(1)));
    const maps = await list<{ metadata: { name: string } }>(cluster, [
      "configmaps",
      "--namespace",
      probeNamespace,
    ]);
    const kept = new Set(maps.map(({ metadata }) => metadata.name));
    expect(written.filter((name) => !kept.has(name))).toEqual([]);
    expect(written.length).toBeGreaterThan(50);
  });

  test("and one member becomes three", { meta: { rows: ["S4-11", "S4-17"] } }, async () => {
    await stack.configure(config(lab, nodesWith(1, 2, 3)));
    await stack.up();
    expect(await voters("control-3")).toEqual(["control-1", "control-2", "control-3"]);
    await expectNodesReady(clusterOf(nodesWith(1, 2, 3)));
    expect(await stack.up()).toEqual({ same: first.create });
  });
});
