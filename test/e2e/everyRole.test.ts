import { beforeAll, describe, expect, test } from "vitest";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import type { Cluster } from "../../harness/clusters/cluster.ts";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { addressHolders, etcdVoters } from "./checks/highAvailability.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
  expectWayIn,
} from "./checks/network.ts";
import { expectNodesReady, expectNodeUnreachable } from "./checks/nodes.ts";
import { deployProbe } from "./checks/probe.ts";

// The roles of Pulumi.harder-way.yaml.
const nodes = [1, 2, 3].map((number) => ({
  name: `vm-${number}`,
  address: `10.20.0.1${number}`,
  roles: ["control-plane", "worker", "load-balancer"],
}));
const apiAddress = "10.20.0.10";
const ingressPort = 30080;

describe("three nodes, each with every role", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;

  beforeAll(async () => {
    const built = await buildCluster({
      name: "e2e-roles",
      machines: nodes,
      config: (machines) => ({
        ...clusterConfig(machines, nodes),
        api: { address: apiAddress },
        ingress: { http: ingressPort },
      }),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("up creates everything: each node is Ready without a taint, and a voting etcd member", {
    meta: { rows: ["S2-07", "S2-27"] },
  }, async () => {
    expect(Object.keys(first)).toEqual(["create"]);
    await expectNodesReady(cluster, 60);
    expect(await etcdVoters(cluster, "vm-1")).toEqual(["vm-1", "vm-2", "vm-3"]);
    expect(await addressHolders(cluster, nodes, apiAddress)).toHaveLength(1);
  });

  test("DNS, pods and Services work", { meta: { rows: ["S2-08"] } }, async () => {
    await expectDnsAnswers(cluster);
    await expectPodsReachPods(cluster);
    await expectServicesLeadToPods(cluster);
  });

  test(
    "requests to port 80 pass a load balancer, a NodePort and a Service to the pods",
    { meta: { rows: ["S1-13"] } },
    () => expectWayIn(cluster, `http://${apiAddress}`, ingressPort),
  );

  test("a second up changes nothing", async () => {
    expect(await stack.up()).toEqual({ same: first.create });
  });

  test("every component is back after its process was killed", async () => {
    const units = [
      "containerd",
      "etcd",
      "haproxy",
      "hardway-pod-network",
      "keepalived",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-proxy",
      "kube-scheduler",
      "kubelet",
    ];
    const kill = `sudo systemctl kill --signal KILL ${units.join(" ")}`;
    const states = async () => {
      const show = `systemctl show --property ActiveState --value ${units.join(" ")}`;
      return (await lab.ssh("vm-3", show)).stdout.split("\n").filter((line) => line !== "");
    };
    expect((await lab.ssh("vm-3", kill)).exitCode).toBe(0);
    await expect.poll(states, { timeout: 60_000 }).toEqual(units.map(() => "active"));
    await expect
      .poll(() => etcdVoters(cluster, "vm-3").catch(String), { timeout: 60_000 })
      .toEqual(["vm-1", "vm-2", "vm-3"]);
    await expectNodesReady(cluster);
    await expectServicesLeadToPods(cluster, 120);
  });

  test("a node without a network is not Ready, and returns with its network", async () => {
    await lab.partition("vm-3", true);
    await expectNodeUnreachable(cluster, "vm-3");
    await lab.partition("vm-3", false);
    await expectNodesReady(cluster);
    await expect
      .poll(() => etcdVoters(cluster, "vm-3").catch(String), { timeout: 60_000 })
      .toEqual(["vm-1", "vm-2", "vm-3"]);
    await expect
      .poll(() => addressHolders(cluster, nodes, apiAddress), { timeout: 30_000 })
      .toHaveLength(1);
    await expectServicesLeadToPods(cluster, 120);
  });

  test("a power cut of the node with the API's address is survived, and the node returns", {
    meta: { rows: ["S2-07", "S2-27"] },
  }, async () => {
    const [holder = ""] = await addressHolders(cluster, nodes, apiAddress);
    await lab.powerCut(holder);
    await expect
      .poll(() => cluster.kubectl(["get", "--raw", "/readyz"]).catch(String), { timeout: 90_000 })
      .toBe("ok");
    await lab.powerOn(holder);
    await expectNodesReady(cluster);
    await expect
      .poll(() => etcdVoters(cluster, holder).catch(String), { timeout: 90_000 })
      .toEqual(["vm-1", "vm-2", "vm-3"]);
    await expect
      .poll(() => addressHolders(cluster, nodes, apiAddress), { timeout: 30_000 })
      .toHaveLength(1);
  });
});
