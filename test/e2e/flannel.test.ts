import { beforeAll, describe, expect, test } from "vitest";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import type { Cluster, ClusterNode } from "../../harness/clusters/cluster.ts";
import { clusterConfig, containerCluster } from "../../harness/clusters/containerCluster.ts";
import { ownPodNetwork } from "../../harness/clusters/ownPodNetwork.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { expectComeback } from "./checks/comeback.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import { bootIds, expectNodesReady } from "./checks/nodes.ts";
import { deployProbe, probePods } from "./checks/probe.ts";
import {
  expectFlannelConfined,
  expectLargestPackets,
  expectNetworkTold,
  expectPacketsInside,
  expectTaughtAnew,
  expectVxlan,
} from "./checks/vxlan.ts";

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
  { name: "worker-2", address: "10.17.0.22", roles: ["worker"] },
];
const names = nodes.map(({ name }) => name);
const pods = "10.200.0.0/16";

// One cluster for the whole file: the tests follow a cluster's life, and each leaves the cluster
// intact.
describe("a cluster whose pods reach each other through flannel's VXLAN", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;

  /** `hardway:cluster` with these nodes of the lab. */
  const configOf = (
    machines: MachinesLab,
    some: readonly ClusterNode[],
    plugin: "flannel" | "routes" | "none" = "flannel",
  ) => {
    const config = clusterConfig(machines, some);
    return { ...config, network: { ...config.network, pods, plugin } };
  };

  /** flannel's and the bridge's interfaces, files and processes on a machine. */
  const remains = async (node: string) => {
    const { stdout } = await lab.ssh(
      node,
      `ls -d /run/flannel /etc/kube-flannel /usr/local/bin/flanneld /etc/kubernetes /opt/hardway /var/lib/hardway /var/lib/cni /etc/systemd/system/flanneld.service 2>/dev/null
       ip -oneline link show | grep -oE '(flannel[.]1|cni0|veth[0-9a-f]+)'
       ip route show | grep -F 10.200.
       ps -e -o comm= | grep -E '^(flanneld|kube|containerd)'`,
    );
    return stdout;
  };

  beforeAll(async () => {
    const built = await buildCluster({
      name: "flannel",
      machines: nodes,
      config: (machines) => configOf(machines, nodes),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("up creates everything and ends with every node Ready and its network available", async () => {
    expect(Object.keys(first)).toEqual(["create"]);
    await expectNetworkTold(cluster);
    await expectNodesReady(cluster, 10);
  });

  test("every node's kernel has the VXLAN interface and entries for all other nodes", () =>
    expectVxlan(cluster));
  test("pods' packets travel between nodes inside VXLAN's", { meta: { rows: ["S1-11"] } }, () =>
    expectPacketsInside(cluster, pods),
  );
  test("a pod's largest packet is as large as VXLAN allows", () => expectLargestPackets(cluster));
  test("a Service leads to every pod behind it", () => expectServicesLeadToPods(cluster));
  test("the cluster's DNS answers", () => expectDnsAnswers(cluster));
  test("flanneld may read Nodes, and little else", () => expectFlannelConfined(cluster));

  test("pods reach pods while flanneld is stopped", async () => {
    await lab.ssh("worker-1", "sudo systemctl stop flanneld");
    expect((await lab.ssh("worker-1", "systemctl is-active flanneld")).stdout).toBe("inactive");
    await expectPodsReachPods(cluster);
    await lab.ssh("worker-1", "sudo systemctl start flanneld");
    await expectVxlan(cluster);
  });

  test("flanneld restores entries that the kernel has lost", async () => {
    await expectTaughtAnew(cluster, "worker-1", () =>
      lab.ssh("worker-1", "sudo systemctl restart flanneld"),
    );
    await expectPodsReachPods(cluster);
  });

  test("a second up changes nothing", async () => {
    expect(await stack.up()).toEqual({ same: first.create });
  });

  test("another plugin is refused with instructions, and nothing changes", async () => {
    const before = await probePods(cluster);
    await stack.configure(configOf(lab, nodes, "routes"));
    const refused =
      "network.plugin: routes, but this cluster was created with flannel, which an existing cluster keeps";
    await expect(stack.preview()).rejects.toThrow(refused);
    await expect(stack.up()).rejects.toThrow(refused);
    // If the state has lost the information, the nodes still have it.
    const record = JSON.parse(await stack.output("record")) as { network: object };
    const changed = { ...record, network: { ...record.network, plugin: "routes" } };
    await stack.pretend("hardway-flannel", { record: changed });
    await expect(stack.up()).rejects.toThrow(
      "network.plugin is routes, but the pods here have a network of the plugin flannel, which a living cluster keeps; " +
        "write network.plugin: flannel again, or recreate the cluster: ./lab destroy, then ./lab up",
    );
    await stack.pretend("hardway-flannel", { record });
    await stack.configure(configOf(lab, nodes));
    expect(await stack.preview()).toEqual([]);
    expect(await probePods(cluster)).toEqual(before);
    await expectPodsReachPods(cluster);
  });

  test("a rebooted worker returns with its pods and its routes to the others", async () => {
    const before = await bootIds(cluster);
    await lab.reboot("worker-1");
    await expectComeback(cluster, ["worker-1"], before);
    await expectVxlan(cluster);
  });

  test("all nodes recover from a simultaneous power cut", async () => {
    const before = await bootIds(cluster);
    await Promise.all(names.map((name) => lab.powerCut(name)));
    await Promise.all(names.map((name) => lab.powerOn(name)));
    const begun = performance.now();
    await expectComeback(cluster, names, before);
    process.stdout.write(`all back: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    await expectVxlan(cluster);
  });

  test("a removed worker keeps nothing, the others delete its entries, and it can join again as new", {
    meta: { rows: ["S1-20", "S1-44"] },
  }, async () => {
    const staying = nodes.filter(({ name }) => name !== "worker-2");
    await stack.configure(configOf(lab, staying));
    await stack.up();
    expect(await remains("worker-2")).toBe("");
    await expectVxlan({ ...cluster, nodes: staying });
    await stack.configure(configOf(lab, nodes));
    await stack.up();
    await expectNetworkTold(cluster);
    await expectNodesReady(cluster);
    await expectVxlan(cluster);
    await expectPacketsInside(cluster, pods);
  });

  test("destroy leaves nothing on the machines", async () => {
    await stack.destroy();
    expect(await stack.resources()).toBe(0);
    const left = names.map(async (name) => ({ name, left: await remains(name) }));
    expect(await Promise.all(left)).toEqual(names.map((name) => ({ name, left: "" })));
  });

  test("on the same machines, another cluster with a custom pod network", {
    meta: { rows: ["S1-42"] },
  }, async () => {
    const addresses = nodes.map(({ address }) => address);
    const manifests = await ownPodNetwork(lab, addresses, pods);
    await stack.configure({ ...configOf(lab, nodes, "none"), manifests });
    const made = await stack.up();
    cluster = await containerCluster(lab, nodes, {
      kubeconfig: await stack.output("kubeconfig"),
      apiUrl: await stack.output("endpoint"),
    });
    await deployProbe(cluster);
    await expectNodesReady(cluster);
    await expectPodsReachPods(cluster);
    await expectServicesLeadToPods(cluster);
    expect((await lab.ssh("worker-1", "ip -brief address show own0")).stdout).toContain(
      "10.200.21.1/24",
    );
    expect(await stack.up()).toEqual({ same: made.create });
  });
});
