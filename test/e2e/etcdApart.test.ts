import { beforeAll, describe, expect, test } from "vitest";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import { type Cluster, list } from "../../harness/clusters/cluster.ts";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { etcdVoters, expectMemberKept } from "./checks/highAvailability.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import { expectNodesReady } from "./checks/nodes.ts";
import { deployProbe, probeNamespace } from "./checks/probe.ts";
import { whileUsed } from "./checks/prober.ts";

const etcd = [1, 2, 3, 4, 5].map((number) => ({
  name: `etcd-${number}`,
  address: `10.21.0.3${number}`,
  roles: ["etcd"],
}));
const controlPlanes = [1, 2].map((number) => ({
  name: `control-${number}`,
  address: `10.21.0.1${number}`,
  roles: ["control-plane"],
}));
const worker = { name: "worker-1", address: "10.21.0.21", roles: ["worker", "load-balancer"] };
const kubernetesNodes = [...controlPlanes, worker];

describe("five dedicated etcd members and two control planes, behind a worker that is the load balancer", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;
  const written: string[] = [];

  const config = (machines: MachinesLab, members: typeof etcd) =>
    clusterConfig(machines, [...members, ...kubernetesNodes]);
  const voters = (node: string) => etcdVoters(cluster, node);
  const unnoticed = async (change: () => Promise<void>) => {
    const probed = await whileUsed(lab, change);
    written.push(...probed.written);
    expect(probed.failures).toEqual([]);
  };

  beforeAll(async () => {
    const built = await buildCluster({
      name: "e2e-etcd",
      machines: [...etcd, ...kubernetesNodes],
      nodes: kubernetesNodes,
      config: (machines) => config(machines, etcd),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("all five vote, exactly the Kubernetes nodes are Ready, and DNS, pods and Services work", async () => {
    expect(Object.keys(first)).toEqual(["create"]);
    expect(cluster.apiUrl).toBe(`https://${worker.address}:6443`);
    expect(await voters("etcd-3")).toEqual(etcd.map(({ name }) => name));
    await expectNodesReady(cluster, 60);
    await expectDnsAnswers(cluster);
    await expectPodsReachPods(cluster);
    await expectServicesLeadToPods(cluster);
  });

  test("if no API server is healthy, HAProxy tries all of them", async () => {
    const onBalancer = async (command: string) => (await lab.ssh(worker.name, command)).stdout;
    const askFor = (path: string) =>
      onBalancer(
        `sudo sed --in-place 's,uri /[a-z]* ver,uri ${path} ver,' /etc/haproxy/haproxy.cfg && sudo systemctl reload haproxy`,
      );
    // The number of healthy servers in the backend, without backups.
    const statistics = "curl --silent 'http://127.0.0.1:8404/;csv'";
    const knownToBeReady = () =>
      onBalancer(`${statistics} | grep ^kube-apiserver,BACKEND, | cut --delimiter , --fields 20`);

    await lab.ssh("control-1", "sudo systemctl stop kube-apiserver");
    await askFor("/unknown");
    await expect.poll(knownToBeReady, { timeout: 30_000 }).toBe("0");
    await unnoticed(async () => {
      await expectServicesLeadToPods(cluster);
      expect(await stack.up()).toEqual({ same: first.create });
    });
    await askFor("/readyz");
    await lab.ssh("control-1", "sudo systemctl start kube-apiserver");
    await expect.poll(knownToBeReady, { timeout: 30_000 }).toBe("2");
  });

  test("the cluster survives a power cut of two of five members, and then refuses to remove another", async () => {
    await lab.powerCut("etcd-1");
    await lab.powerCut("etcd-2");
    // The leader may have been one of the two.
    const isReady = () => cluster.kubectl(["get", "--raw", "/readyz"]).catch(String);
    await expect.poll(isReady, { timeout: 60_000 }).toBe("ok");
    await expectMemberKept(cluster, "etcd-3", "etcd-5");
    expect(await voters("etcd-3")).toEqual(etcd.map(({ name }) => name));
  });

  test("the two return, and five members become three", async () => {
    await lab.powerOn("etcd-1");
    await lab.powerOn("etcd-2");
    const all = etcd.map(({ name }) => name);
    await expect.poll(() => voters("etcd-1").catch(String), { timeout: 60_000 }).toEqual(all);
    await stack.configure(config(lab, etcd.slice(0, 3)));
    await unnoticed(async () => {
      await stack.up();
    });
    expect(await voters("etcd-1")).toEqual(["etcd-1", "etcd-2", "etcd-3"]);
    await expectNodesReady(cluster);
  });

  test("three members become five, and no acknowledged write is lost", {
    meta: { rows: ["S4-11", "S4-17"] },
  }, async () => {
    await stack.configure(config(lab, etcd));
    await unnoticed(async () => {
      await stack.up();
    });
    expect(await voters("etcd-5")).toEqual(etcd.map(({ name }) => name));
    await expectNodesReady(cluster);
    expect(await stack.up()).toEqual({ same: first.create });
    const maps = await list<{ metadata: { name: string } }>(cluster, [
      "configmaps",
      "--namespace",
      probeNamespace,
    ]);
    const kept = new Set(maps.map(({ metadata }) => metadata.name));
    expect(written.filter((name) => !kept.has(name))).toEqual([]);
    expect(written.length).toBeGreaterThan(50);
  });
});
