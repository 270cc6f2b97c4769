import { describe, expect, test } from "vitest";
import { labOf, recordAfter } from "../../../harness/program/labs.ts";
import { keptAddressProblems } from "../../../plan/changes/keptAddresses.ts";

type Nodes = Readonly<
  Record<string, { readonly roles: readonly string[]; readonly address: string }>
>;

const labWith = (nodes: Nodes) => labOf({ api: { address: "10.17.0.10" }, nodes });

const told = (before: Nodes, now: Nodes) =>
  keptAddressProblems(labWith(now), recordAfter(labWith(before))).map(
    ({ path, message }) => `${path}: ${message}`,
  );

const node = (last: number, ...roles: string[]) => ({ roles, address: `10.17.0.${last}` });
const lb = node(5, "load-balancer");
const one = { lb, "control-1": node(11, "control-plane"), "worker-1": node(21, "worker") };
const three = {
  ...one,
  "control-2": node(12, "control-plane"),
  "control-3": node(13, "control-plane"),
};

describe("of a living cluster", () => {
  test("nodes come and go, workers move, and one control plane becomes three or others", () => {
    expect(told(one, one)).toEqual([]);
    expect(told(one, three)).toEqual([]);
    expect(told(three, one)).toEqual([]);
    expect(told(one, { ...one, "worker-1": node(22, "worker") })).toEqual([]);
    const others = { lb, "control-1": one["control-1"], "control-4": node(14, "control-plane") };
    expect(told(three, { ...others, "control-5": node(15, "control-plane") })).toEqual([]);
  });

  test("a machine keeps its name", () => {
    const { "worker-1": worker, ...rest } = one;
    expect(told(one, { ...rest, web: worker })).toEqual([
      "nodes.web.address: 10.17.0.21 is the address of worker-1 in the existing cluster, and a machine keeps its name; write another address, or remove worker-1, run ./lab up, and then add web",
    ]);
  });

  test("two machines do not exchange their names", () => {
    const two = { ...one, "worker-2": node(22, "worker") };
    const swapped = { ...two, "worker-1": two["worker-2"], "worker-2": two["worker-1"] };
    expect(told(two, swapped).map((line) => line.split(":")[0])).toEqual([
      "nodes.worker-1.address",
      "nodes.worker-2.address",
    ]);
  });

  test("a member of etcd keeps its address", () => {
    expect(told(three, { ...three, "control-2": node(14, "control-plane") })).toEqual([
      "nodes.control-2.address: 10.17.0.14, but etcd on control-2 was made at 10.17.0.12, which a member keeps; write 10.17.0.12 again, or replace the node by one of another name, one member at a time; a single member needs ./lab destroy",
    ]);
  });

  test("some member of etcd stays, which has the cluster's data", () => {
    const two = { "etcd-1": node(31, "etcd"), "etcd-2": node(32, "etcd") };
    const etcd = { ...two, "etcd-3": node(33, "etcd") };
    const begun =
      "nodes: none of the etcd members (etcd-1, etcd-2, etcd-3) has the cluster's data, which is on control-1; keep one of those as a member, run ./lab up, then remove it";
    expect(told(one, { ...one, ...etcd })).toEqual([begun]);
    const beside = { ...one, ...two, "control-1": node(11, "control-plane", "etcd") };
    expect(told(one, beside)).toEqual([]);
    expect(told(beside, { ...one, ...etcd })).toEqual([]);
  });
});
