import { existsSync } from "node:fs";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { messageOf } from "../../base/errors.ts";
import { buildCluster } from "../../harness/clusters/builtCluster.ts";
import { type Cluster, found } from "../../harness/clusters/cluster.ts";
import {
  companyRegistry,
  proxyPort,
  startCompanyNetwork,
} from "../../harness/clusters/companyNetwork.ts";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import type { Changes, TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { expectAnonymousRefused, expectNodeRestriction } from "./checks/access.ts";
import { expectBudgetHonoured } from "./checks/budget.ts";
import { expectComeback } from "./checks/comeback.ts";
import { expectExec, expectLogs, expectPortForward } from "./checks/kubectl.ts";
import {
  expectDnsAnswers,
  expectPodsReachPods,
  expectServicesLeadToPods,
} from "./checks/network.ts";
import {
  bootIds,
  expectNodeNotReady,
  expectNodesReady,
  expectPodCapacities,
  expectShutdownsWait,
} from "./checks/nodes.ts";
import { askedDuring, curlOf, expectPull, pullFailure } from "./checks/outside.ts";
import { deployProbe, probePods } from "./checks/probe.ts";
import { expectProxy } from "./checks/proxies.ts";
import { expectLowPorts, expectRuntimes } from "./checks/runtimes.ts";
import { expectSecretsEncrypted } from "./checks/secrets.ts";
import { invocations, startedSince } from "./checks/units.ts";

const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
  { name: "worker-2", address: "10.17.0.22", roles: ["worker"] },
];

/** Both runtimes in one cluster, from the start. */
const mixed = { "worker-2": { runtime: "cri-o" } };
/** The configs of the tests, each with more changes than the one before. */
const limited = { "worker-2": { runtime: "cri-o", kubelet: { maxPods: 77 } } };
const liberal = {
  "worker-2": { ...limited["worker-2"], kubeProxy: { conntrack: { tcpBeLiberal: true } } },
};
const flags = { "kube-scheduler": { v: 4 } };
const switched = { ...liberal, "worker-1": { runtime: "cri-o" } };

/** The directories of which a removed runtime leaves no files and no mounts. */
const tracesOf = {
  containerd: "/var/lib/containerd /etc/containerd /opt/hardway/bin/containerd /usr/local/bin/ctr",
  "cri-o": "/var/lib/crio /etc/crio /opt/hardway/bin/cri-o /usr/local/bin/conmon",
};

/** The number of logins on each node, including the login of this query. */
async function logins(lab: MachinesLab): Promise<Record<string, number>> {
  const counts = nodes.map(async ({ name }) => {
    const { stdout } = await lab.ssh(name, "sudo journalctl --unit ssh | grep -c Accepted");
    return [name, Number(stdout)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

// One cluster for the whole file: the tests follow a cluster's life, and each leaves the cluster
// intact.
describe("a cluster on existing machines: one control plane, two workers", () => {
  let lab: MachinesLab;
  let stack: TestStack;
  let first: Changes;
  let cluster: Cluster;

  const withProxy = (proxy: string, settings: Readonly<Record<string, object>> = switched) => {
    const config = clusterConfig(lab, nodes, settings);
    return { ...config, flags, network: { ...config.network, proxy } };
  };

  beforeAll(async () => {
    const built = await buildCluster({
      name: "e2e",
      machines: nodes,
      config: (machines) => clusterConfig(machines, nodes, mixed),
    });
    ({ lab, stack, first, cluster } = built);
    await deployProbe(cluster);
    return built.stop;
  });

  test("up creates everything and ends with every node Ready", {
    meta: { rows: ["S2-18"] },
  }, async () => {
    expect(Object.keys(first)).toEqual(["create"]);
    await expectNodesReady(cluster, 60);
  });

  test(
    "each node runs the runtime that its config names",
    { meta: { rows: ["S0-16", "S0-17", "S1-42", "S4-05", "S4-06", "S4-15", "S4-16"] } },
    () =>
      expectRuntimes(cluster, {
        "control-1": "containerd",
        "worker-1": "containerd",
        "worker-2": "cri-o",
      }),
  );
  test("non-root users may bind the DNS port with both runtimes", () =>
    expectLowPorts(cluster, ["worker-1", "worker-2"]));
  test("kube-proxy's rules are nftables'", { meta: { rows: ["S1-09"] } }, () =>
    expectProxy(cluster, "nftables"),
  );
  test("the cluster's DNS answers", { meta: { rows: ["S1-08"] } }, () => expectDnsAnswers(cluster));
  test("a pod reaches a pod on another node", () => expectPodsReachPods(cluster));
  test("a Service leads to every pod behind it", () => expectServicesLeadToPods(cluster));
  describe("what is removed from a node's network returns without an up:", () => {
    const returns = async (command: string) => {
      await lab.ssh("worker-1", command);
      const network = async () => {
        const show = "sudo nft list tables; ip -oneline route show proto 117 | cut -d' ' -f1";
        return (await lab.ssh("worker-1", show)).stdout.trim().split("\n").sort();
      };
      await expect
        .poll(network, { timeout: 60_000 })
        .toEqual(
          expect.arrayContaining([
            "10.200.11.0/24",
            "10.200.22.0/24",
            "table ip hardway-pod-network",
            "table ip kube-proxy",
          ]),
        );
      await expectServicesLeadToPods(cluster, 60);
      await expectPodsReachPods(cluster);
    };

    test("the routes, when the link goes down and up", () =>
      returns("sudo sh -c 'ip link set eth0 down; ip link set eth0 up'"));
    test("the rules, when a firewall's reload flushes the ruleset", () =>
      returns("sudo nft flush ruleset"));
    test("forwarding, when another program's policy drops forwarded packets", async () => {
      await returns("sudo iptables --policy FORWARD DROP");
      await lab.ssh("worker-1", "sudo iptables --policy FORWARD ACCEPT");
    });
  });
  test("kubectl logs", () => expectLogs(cluster));
  test("kubectl exec", { meta: { rows: ["S4-15", "S4-16"] } }, () => expectExec(cluster));
  test("kubectl port-forward", () => expectPortForward(cluster, ["worker-1", "worker-2"]));
  test("a Secret is encrypted in etcd", () => expectSecretsEncrypted(cluster));
  test("a kubelet may not change another node", { meta: { rows: ["S4-19"] } }, () =>
    expectNodeRestriction(cluster),
  );
  test("a machine's shutdown waits for its kubelet", () => expectShutdownsWait(cluster));
  test("requests without credentials are refused", () => expectAnonymousRefused(cluster));

  test("a second up changes nothing and logs in to no node", async () => {
    const before = await logins(lab);
    const changes = await stack.up();
    expect(changes).toEqual({ same: first.create });
    const after = await logins(lab);
    expect(after).toEqual(
      Object.fromEntries(Object.entries(before).map(([name, count]) => [name, count + 1])),
    );
  });

  test("removing and adding a worker changes one step of each other node, which sets its routes and restarts nothing", {
    meta: { rows: ["S1-20", "S1-44"] },
  }, async () => {
    const isItsOwn = ({ name }: { name: string }) => name.startsWith("worker-2");
    const others = { ...cluster, nodes: cluster.nodes.filter((node) => !isItsOwn(node)) };
    const names = others.nodes.map(({ name }) => name);
    const type = "command:remote:Command";
    const routesStep = names.map((name) => ({ op: "update", type, name: `${name}-os` }));
    const stepsOfOthers = async () =>
      (await stack.preview())
        .filter((step) => !isItsOwn(step))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    const podsOfOthers = async () =>
      (await probePods(cluster)).filter(({ node }) => names.includes(node));
    // The unit that sets routes reads them when it starts.
    const routesUnit = names.map((name) => `${name} hardway-pod-network`);
    const runs = await invocations(others);
    const pods = await podsOfOthers();

    await stack.configure(clusterConfig(lab, nodes.slice(0, 2)));
    expect(await stepsOfOthers()).toEqual(routesStep);
    await expectBudgetHonoured(cluster, "worker-2", async () => {
      await stack.up();
    });
    await expectNodesReady(others);
    expect(await startedSince(others, runs)).toEqual(routesUnit);

    await stack.configure(clusterConfig(lab, nodes, mixed));
    expect(await stepsOfOthers()).toEqual(routesStep);
    await stack.up();
    await expectNodesReady(cluster);
    expect(await startedSince(others, runs)).toEqual(routesUnit);
    expect(await podsOfOthers()).toEqual(pods);
    await expectPodsReachPods(cluster);
  });

  test("one changed kubelet setting changes one step on one node, and leaves the pods running", async () => {
    const pods = await probePods(cluster);
    await stack.configure(clusterConfig(lab, nodes, limited));
    const type = "command:remote:Command";
    expect(await stack.preview()).toEqual([{ op: "update", type, name: "worker-2-kubelet" }]);
    expect(await stack.up()).toEqual({ same: found(first.create, "resources") - 1, update: 1 });
    await expectNodesReady(cluster);
    await expectPodCapacities(cluster, [110, 110, 77]);
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("user-defined flags and kube-proxy settings restart only their components", async () => {
    const pods = await probePods(cluster);
    const before = await invocations(cluster);
    await stack.configure({ ...clusterConfig(lab, nodes, liberal), flags });
    expect(await stack.up()).toEqual({ same: found(first.create, "resources") - 2, update: 2 });
    expect(await startedSince(cluster, before)).toEqual([
      "control-1 kube-scheduler",
      "worker-2 kube-proxy",
    ]);
    const { stdout } = await lab.ssh(
      "control-1",
      "tr '\\0' '\\n' </proc/$(pidof kube-scheduler)/cmdline",
    );
    expect(stdout.split("\n").at(-1)).toBe("--v=4");
    const kernel = "cat /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal";
    expect((await lab.ssh("worker-2", kernel)).stdout).toBe("1");
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("behind a corporate proxy, images come from its registry, with a custom CA", {
    meta: { rows: ["S1-34", "S1-39"] },
  }, async () => {
    const company = await startCompanyNetwork(lab);
    onTestFinished(() => company.stop());
    const proxy = `http://${lab.gateway}:${proxyPort}`;
    const pods = await probePods(cluster);
    const image = `${companyRegistry}/e2e-test-images/agnhost`;
    expect(await pullFailure(cluster, "worker-1", image)).toContain("failed to resolve");
    const outside = {
      proxy,
      authorities: [company.authority],
      registries: { "mirrored.example.org": [`https://${companyRegistry}/v2/company`] },
    };
    await stack.configure({ ...clusterConfig(lab, nodes, liberal), flags, outside });
    const changes = await stack.up();
    expect(changes.create).toBe(nodes.length);
    expect(changes.delete).toBeUndefined();
    await expectNodesReady(cluster);
    expect(await probePods(cluster)).toEqual(pods);

    expect(await curlOf(cluster, "control-1", proxy)).toBe("{}");
    const direct = await askedDuring(company, () => expectPull(cluster, "worker-1", image));
    expect(direct).toContain(`CONNECT ${companyRegistry}:443`);
    // With containerd, and with CRI-O.
    for (const worker of ["worker-1", "worker-2"]) {
      const asked = await askedDuring(company, () =>
        expectPull(cluster, worker, "mirrored.example.org/agnhost"),
      );
      expect(asked).toContainEqual(expect.stringMatching(/^(GET|HEAD) \/v2\/company\/agnhost\//));
    }

    // Removed from the config, no trace remains.
    await stack.configure({ ...clusterConfig(lab, nodes, liberal), flags });
    expect(await stack.up()).toMatchObject({ delete: nodes.length });
    expect(await curlOf(cluster, "control-1", proxy)).toContain("certificate");
    expect(await pullFailure(cluster, "worker-1", image)).toContain("failed to resolve");
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("stopping containerd does not stop the kubelet, and the node recovers with containerd", async () => {
    const pods = await probePods(cluster);
    const kubelet = async () => {
      const asked = "systemctl show --property ActiveState,MainPID,NRestarts kubelet";
      return (await lab.ssh("worker-1", asked)).stdout;
    };
    const before = await kubelet();
    expect(before).toContain("ActiveState=active");
    await lab.ssh("worker-1", "sudo systemctl stop containerd");
    await expectNodeNotReady(cluster, "worker-1", "container runtime is down");
    await lab.ssh("worker-1", "sudo systemctl start containerd");
    await expectNodesReady(cluster);
    expect(await kubelet()).toBe(before);
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("CRI-O is restarted under its containers", async () => {
    const pods = await probePods(cluster);
    await lab.ssh("worker-2", "sudo systemctl restart crio");
    await expectNodesReady(cluster);
    await expectExec(cluster);
    expect(await probePods(cluster)).toEqual(pods);
  });

  test("another runtime on one node: the node is drained, the old runtime is removed, and pods run on the new one", {
    meta: { rows: ["S0-16", "S0-17"] },
  }, async () => {
    const pods = await probePods(cluster);
    const elsewhere = ({ node }: { node: string }) => node !== "worker-1";
    await stack.configure({ ...clusterConfig(lab, nodes, switched), flags });
    const type = "command:remote:Command";
    expect((await stack.preview()).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      ["worker-1-cri-o", "worker-1-kubelet", "worker-1-node"].map((name) => ({
        op: "replace",
        type,
        name,
      })),
    );
    const changes = await stack.up();
    expect(changes).toEqual({ same: found(first.create, "resources") - 3, replace: 3 });
    await expectNodesReady(cluster);
    await expectRuntimes(cluster, {
      "control-1": "containerd",
      "worker-1": "cri-o",
      "worker-2": "cri-o",
    });
    const { stdout } = await lab.ssh("worker-1", `ls -d ${tracesOf.containerd} 2>/dev/null`);
    expect(stdout).toBe("");
    await expect
      .poll(() => expectPodsReachPods(cluster).then(() => "well", messageOf), { timeout: 120_000 })
      .toBe("well");
    expect((await probePods(cluster)).filter(elsewhere)).toEqual(pods.filter(elsewhere));
    expect(await stack.preview()).toEqual([]);
  });

  test("a rebooted worker returns with its pods", {
    meta: { rows: ["S2-25"] },
  }, async () => {
    const before = await bootIds(cluster);
    await lab.reboot("worker-1");
    await expectComeback(cluster, ["worker-1"], before);
  });

  test("a control plane recovers from a power cut", {
    meta: { rows: ["S2-25"] },
  }, async () => {
    const before = await bootIds(cluster);
    await lab.powerCut("control-1");
    await lab.powerOn("control-1");
    await expectComeback(cluster, ["control-1"], before);
  });

  test("with iptables, kube-proxy's rules replace the old ones", {
    meta: { rows: ["S1-09"] },
  }, async () => {
    await stack.configure(withProxy("iptables"));
    await stack.up();
    await expectServicesLeadToPods(cluster);
    await expectProxy(cluster, "iptables");
  });

  const missing = existsSync("/proc/net/ip_vs") ? "" : " (left out: this kernel has no ip_vs)";
  test.skipIf(missing !== "")(
    `with ipvs, the kernel balances${missing}`,
    { meta: { rows: ["S1-10"] } },
    async () => {
      await stack.configure(withProxy("ipvs"));
      await stack.up();
      await expectServicesLeadToPods(cluster);
      await expectProxy(cluster, "ipvs");
    },
  );
  test.skipIf(missing === "")(
    "ipvs is refused if the kernel lacks it",
    { meta: { rows: ["S1-10"] } },
    async () => {
      await stack.configure(withProxy("ipvs"));
      await expect(stack.up()).rejects.toThrow(/the kernel lacks a module of: .*ip_vs/);
      await expectProxy(cluster, "iptables");
    },
  );

  test("without kube-proxy, nothing of it remains, and pods reach each other", {
    meta: { rows: ["S1-28"] },
  }, async () => {
    // Settings are refused if no kube-proxy runs.
    await stack.configure(withProxy("none", { ...switched, ...limited }));
    await stack.up();
    await expectProxy(cluster, "none");
    await expectPodsReachPods(cluster);
  });

  test("after the change back to containerd, CRI-O leaves no file, mount, namespace or unit", async () => {
    await stack.configure(withProxy("none", limited));
    expect(await stack.up()).toMatchObject({ replace: 3 });
    await expectNodesReady(cluster);
    await expectRuntimes(cluster, {
      "control-1": "containerd",
      "worker-1": "containerd",
      "worker-2": "cri-o",
    });
    const left = await lab.ssh(
      "worker-1",
      `sudo ls -d ${tracesOf["cri-o"]} /run/crio /run/utsns/* /run/ipcns/* 2>/dev/null
       grep -E ' (/var/lib/crio|/run/(crio|utsns|ipcns))/' /proc/mounts
       systemctl list-units --all --no-legend 'crio*'`,
    );
    expect(left.stdout).toBe("");
    await expect
      .poll(() => expectPodsReachPods(cluster).then(() => "well", messageOf), { timeout: 120_000 })
      .toBe("well");
    expect(await stack.preview()).toEqual([]);
  });

  test("destroy leaves nothing on the machines", async () => {
    await stack.destroy();
    expect(await stack.resources()).toBe(0);
    const left = nodes.map(async ({ name }) => {
      const { stdout } = await lab.ssh(
        name,
        `sudo ls -d /etc/kubernetes /etc/systemd/logind.conf.d/* /opt/hardway /var/lib/hardway /var/lib/etcd /var/lib/kubelet /opt/cni/bin ${tracesOf.containerd} ${tracesOf["cri-o"]} 2>/dev/null
         ps -e -o comm= | grep -E '^(etcd|kube|containerd|crio|conmon|flanneld)'
         ls /etc/systemd/system | grep -E 'kube|etcd|containerd|crio|hardway'`,
      );
      return { name, stdout };
    });
    expect(await Promise.all(left)).toEqual(nodes.map(({ name }) => ({ name, stdout: "" })));
  });
});
