import { describe, expect, test } from "vitest";
import { coreDns, smoke } from "../../../components/addons/manifests.ts";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";
import { labOf, planOf } from "../../../harness/program/labs.ts";

const nodes = (roles: readonly string[], settings: object = {}) => ({
  cp: { roles, address: "10.17.0.11", ...settings },
});
const pool = (settings: object) => ({
  w: { count: 2, roles: ["worker"], firstAddress: "10.17.0.21", ...settings },
});
const taints = ["gpu=true:NoSchedule"];

/** The metadata of the objects that an `up` waits for. */
function awaited(cluster: object): string[] {
  const plan = planOf(labOf(cluster));
  const objects = {
    dns: coreDns(plan).deployment,
    "kube-dns": coreDns(plan).service,
    smoke: smoke(plan).daemonSet,
    "smoke Service": smoke(plan).service,
  };
  return Object.entries(objects)
    .filter(([, { metadata }]) => !("annotations" in metadata))
    .map(([name]) => name);
}

const all = ["dns", "kube-dns", "smoke", "smoke Service"];
const dns = ["dns", "kube-dns"];

describe("an up waits only for pods that some node can run", () => {
  test.each<[string, object, string[]]>([
    ["with workers", { nodes: nodes(["control-plane"]), pools: pool({}) }, all],
    ["with a node that is all", { nodes: nodes(["control-plane", "worker"]) }, all],
    ["without workers", { nodes: nodes(["control-plane"]) }, dns],
    ["with pools of 0", { nodes: nodes(["control-plane"]), pools: pool({ count: 0 }) }, dns],
    ["with all workers tainted", { nodes: nodes(["control-plane"]), pools: pool({ taints }) }, dns],
    [
      "with a taint that only prefers other nodes",
      { nodes: nodes(["control-plane"]), pools: pool({ taints: ["a=b:PreferNoSchedule"] }) },
      all,
    ],
    [
      "without kube-proxy",
      { network: { proxy: "none" }, nodes: nodes(["control-plane"]), pools: pool({}) },
      ["smoke", "smoke Service"],
    ],
    [
      "without kube-proxy and workers",
      { network: { proxy: "none" }, nodes: nodes(["control-plane"]) },
      [],
    ],
  ])("%s", (_, cluster, names) => {
    expect(awaited(cluster)).toEqual(names);
  });

  test.each<[string, object, string]>([
    [
      "with a taint on the only node",
      { nodes: nodes(["control-plane", "worker"], { taints }) },
      "nodes.cp.taints",
    ],
    [
      "with taints on all nodes, none of them a control plane alone",
      { nodes: nodes(["control-plane", "worker"], { taints }), pools: pool({ taints }) },
      "nodes.cp.taints",
    ],
    [
      "with a taint that evicts",
      { nodes: nodes(["control-plane"], { taints: ["a=b:NoExecute"] }), pools: pool({ taints }) },
      "nodes.cp.taints",
    ],
  ])("and is refused %s", (_, cluster, path) => {
    expect(clusterProblems(cluster)).toMatchObject([
      { path, message: expect.stringContaining("no node could run CoreDNS") as string },
    ]);
  });

  test("with the tainted nodes by name, and not those that run no pods", () => {
    const lb = { roles: ["load-balancer"], address: "10.17.0.5" };
    const tainted = nodes(["control-plane", "worker"], { taints });
    const pools = { ...pool({ taints }), none: { ...pool({}).w, count: 0 } };
    const message =
      "no node could run CoreDNS, so names of Services would not resolve and up would never end: every worker has a taint that it does not tolerate (nodes.cp, pools.w); leave one worker without taints, or use the effect PreferNoSchedule";
    expect(clusterProblems({ nodes: { ...tainted, lb }, pools })).toMatchObject([{ message }]);
  });

  test("and not if a node with unknown roles may run CoreDNS", () => {
    const tainted = nodes(["control-plane", "worker"], { taints });
    const other = { roles: ["wroker"], address: "10.17.0.12" };
    const problems = clusterProblems({ nodes: { ...tainted, other } });
    expect(problems.map(({ path }) => path)).toEqual(["nodes.other.roles[0]"]);
  });
});
