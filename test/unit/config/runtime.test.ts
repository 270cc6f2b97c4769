import { describe, expect, test } from "vitest";
import { versions } from "../../../model/versions.ts";
import { describeProblems } from "./describeProblems.ts";
import { linesOf } from "./labErrors.ts";
import { fullLock, surroundings } from "./surroundings.ts";

const cp = { roles: ["control-plane"], address: "10.17.0.11" };
const worker = { roles: ["worker"], address: "10.17.0.21", runtime: "cri-o" };
const etcd = { roles: ["etcd"], address: "10.17.0.31" };

describeProblems("runtimes", [
  {
    title: "for the lab, for a node and for a pool",
    yaml: `{runtime: cri-o, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, runtime: containerd}}, pools: {w: {count: 1, roles: [worker], firstAddress: 10.17.0.21, runtime: cri-o}}}`,
    problems: [],
  },
  {
    title: "one that is not built, one misspelt",
    yaml: `{runtime: docker, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, runtime: crio}}}`,
    problems: [
      'runtime: expected one of containerd, cri-o, got "docker"',
      'nodes.cp.runtime: expected one of containerd, cri-o, got "crio"; did you mean cri-o?',
    ],
  },
  {
    title: "in the words of other tools, and at another place",
    yaml: `{containerRuntime: cri-o, network: {runtime: cri-o}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, container_manager: crio, cri: cri-o}}}`,
    problems: [
      "network.runtime: unknown key; did you mean runtime?",
      "nodes.cp.container_manager: unknown key; did you mean runtime?",
      "nodes.cp.cri: unknown key; did you mean runtime?",
      "containerRuntime: unknown key; did you mean runtime?",
    ],
  },
  {
    title: "on a machine that is no Node",
    yaml: `nodes: {cp: {roles: [control-plane], address: 10.17.0.11}, lb: {roles: [load-balancer], address: 10.17.0.5, runtime: cri-o}}`,
    problems: ["nodes.lb.runtime: load-balancer alone has no kubelet and no Node; remove it"],
  },
]);

describe("a runtime that the mirror does not have", () => {
  const lockWithout = (name: RegExp) => {
    const others = Object.entries(fullLock.artifacts).filter(([key]) => !name.test(key));
    return surroundings({
      lock: { path: "/lock", text: JSON.stringify({ artifacts: Object.fromEntries(others) }) },
    });
  };
  const crio = ["/lock: has no sha256 for cri-o@v1.36.3; run ./lab mirror sync"];
  const containerd = ["/lock: has no sha256 for containerd@v2.3.4; run ./lab mirror sync"];

  test.each([
    ["no node has CRI-O", { nodes: { cp } }, [], containerd],
    ["every node has it", { runtime: "cri-o", nodes: { cp } }, crio, []],
    ["one node has it", { nodes: { cp, worker } }, crio, containerd],
    [
      "what would have it runs no containers",
      { runtime: "cri-o", nodes: { cp: { ...cp, runtime: "containerd" }, etcd } },
      [],
      containerd,
    ],
  ])("is missed where a node has it: %s", (_, cluster, withoutCrio, withoutContainerd) => {
    expect(linesOf(cluster, lockWithout(/^cri-o@/))).toEqual(withoutCrio);
    expect(linesOf(cluster, lockWithout(/^containerd@/))).toEqual(withoutContainerd);
  });
});

test("CRI-O has Kubernetes' minor version", { meta: { rows: ["S4-05", "S4-06"] } }, () => {
  const minorOf = (version: string) => version.split(".").slice(0, 2);
  expect(minorOf(versions.crio)).toEqual(minorOf(versions.kubernetes));
});
