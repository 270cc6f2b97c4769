import { beforeAll, describe, expect, test } from "vitest";
import { devCluster, haCluster, separateCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

let ha: ProgramRun;
let separate: ProgramRun;

beforeAll(async () => {
  [ha, separate] = await Promise.all([
    runProgram({ cluster: haCluster }),
    runProgram({ cluster: separateCluster }),
  ]);
});

const commandsOf = (run: ProgramRun): Registration[] =>
  run.registrations.filter(({ type }) => type === "command:remote:Command");

function command(run: ProgramRun, name: string): Registration {
  const found = commandsOf(run).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not registered`);
  return found;
}

/** A step's direct dependencies among steps. */
const waitsFor = (run: ProgramRun, name: string): string[] =>
  command(run, name).dependencies.flatMap((urn) =>
    urn.includes("command:remote:Command::") ? [urn.split("::").at(-1) ?? ""] : [],
  );

const stepsOf = (run: ProgramRun, node: string): string[] =>
  commandsOf(run)
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${node}-`))
    .map((name) => name.slice(node.length + 1))
    .sort();

/** The engine's complete state of a node. */
const costOf = (run: ProgramRun, node: string): number =>
  run.registrations.filter(({ name }) => name.startsWith(`${node}-`)).length;

describe("three control planes behind two load balancers", () => {
  test("each kind of node has its own steps, and no others", () => {
    const kubernetes = ["containerd", "kube-proxy", "kubelet", "node", "os"];
    expect(stepsOf(ha, "worker-1")).toEqual(kubernetes);
    expect(stepsOf(ha, "lb-2")).toEqual(["haproxy", "keepalived", "os"]);
    expect(stepsOf(ha, "control-3")).toEqual(
      [
        ...kubernetes,
        "etcd",
        "etcd-member",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
      ].sort(),
    );
  });

  test("a control plane costs at most 35 resources, each the same", () => {
    const costs = [1, 2, 3].map((number) => costOf(ha, `control-${number}`));
    expect(costs).toEqual([34, 34, 34]);
  });

  test("members of etcd start together, and every API server waits until all of them vote", () => {
    const members = [1, 2, 3].map((number) => `control-${number}-etcd`);
    for (const member of members) {
      expect(waitsFor(ha, member).filter((name) => name.endsWith("-etcd"))).toEqual([]);
      expect(waitsFor(ha, `${member}-member`)).toEqual(expect.arrayContaining(members));
    }
    // The API server must stop sending requests before its etcd member is removed.
    const memberships = members.map((member) => `${member}-member`);
    expect(waitsFor(ha, "control-2-kube-apiserver")).toEqual(expect.arrayContaining(memberships));
  });

  test("who reaches the API by its address waits for the way there", () => {
    const way = ["lb-1-haproxy", "lb-1-keepalived", "lb-2-haproxy", "lb-2-keepalived"];
    for (const name of ["worker-1-node", "worker-1-kube-proxy", "control-1-node"]) {
      expect(waitsFor(ha, name)).toEqual(expect.arrayContaining(way));
    }
    expect(waitsFor(ha, "control-1-kube-apiserver").filter((name) => way.includes(name))).toEqual(
      [],
    );
  });

  test("a balancer begins with the API servers, not before, so that it does not lead to such as never come", () => {
    for (const name of ["lb-1-haproxy", "lb-2-haproxy"]) {
      const prerequisites = [1, 2, 3].flatMap((number) => [
        `control-${number}-os`,
        `control-${number}-etcd-member`,
      ]);
      expect(waitsFor(ha, name)).toEqual(expect.arrayContaining(prerequisites));
      expect(waitsFor(ha, name).join()).not.toContain("kube-apiserver");
    }
  });

  test("a controller waits for the API server beside it alone", () => {
    const apiServers = waitsFor(ha, "control-2-kube-scheduler").filter((name) =>
      name.endsWith("-kube-apiserver"),
    );
    expect(apiServers).toEqual(["control-2-kube-apiserver"]);
  });

  test("a membership is kept on another member, and ends only with it or with the whole cluster", () => {
    const keepers = [1, 2, 3].map((number) => {
      const { inputs, deletedWith } = command(ha, `control-${number}-etcd-member`);
      expect(deletedWith).toMatch(/PrivateKey::kubernetes-ca$/);
      return /"host":"([^"]+)"/.exec(JSON.stringify(inputs.connection))?.[1];
    });
    expect(keepers).toEqual(["10.17.0.12", "10.17.0.13", "10.17.0.11"]);
  });

  test("a control plane's node is another control plane's to see off, so that none is special", () => {
    const registrars = ["control-1", "control-2", "worker-1"].map((node) => {
      const { inputs, deletedWith } = command(ha, `${node}-node`);
      expect(deletedWith).toMatch(/PrivateKey::kubernetes-ca$/);
      return /"host":"([^"]+)"/.exec(JSON.stringify(inputs.connection))?.[1];
    });
    expect(registrars).toEqual(["10.17.0.12", "10.17.0.11", "10.17.0.11"]);
  });
});

describe("etcd apart from the control planes", () => {
  test("a member of etcd runs etcd and nothing of Kubernetes", () => {
    expect(stepsOf(separate, "etcd-2")).toEqual(["etcd", "etcd-member", "os"]);
    expect(stepsOf(separate, "control-1")).not.toContain("etcd");
  });

  test("a worker that is the load balancer is both", { meta: { rows: ["S1-01"] } }, () => {
    expect(stepsOf(separate, "worker")).toEqual([
      "containerd",
      "haproxy",
      "kube-proxy",
      "kubelet",
      "node",
      "os",
    ]);
  });
});

describe("Services' addresses", () => {
  test("without kube-proxy no node has one, and the DNS is not waited for", {
    meta: { rows: ["S1-28"] },
  }, async () => {
    const run = await runProgram({ cluster: { ...devCluster, network: { proxy: "none" } } });
    const proxies = run.registrations.filter(
      ({ custom, name }) => custom && name.includes("kube-proxy"),
    );
    expect(proxies).toEqual([]);
    const dns = run.registrations.find(
      ({ type, name }) => /Deployment$/.test(type) && name === "coredns",
    );
    expect(dns?.inputs.metadata).toMatchObject({ annotations: { "pulumi.com/skipAwait": "true" } });
  });

  test("with ipvs the operating-system step loads its modules, and looks for what it needs", {
    meta: { rows: ["S1-10"] },
  }, async () => {
    const run = await runProgram({ cluster: { ...devCluster, network: { proxy: "ipvs" } } });
    const host = String(command(run, "worker-1-os").inputs.create);
    expect(host).toContain("ip_vs\nip_vs_rr\nip_vs_sh\nip_vs_wrr\n");
    expect(host).toMatch(/^for command in .* ipset; do$/m);
    expect(String(command(run, "worker-1-kube-proxy").inputs.create)).toContain("mode: ipvs");
  });
});
