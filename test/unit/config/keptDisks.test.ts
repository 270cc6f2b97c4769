import { expect, test } from "vitest";
import { labOf, recordAfter } from "../../../harness/program/labs.ts";
import { keptDiskProblems } from "../../../plan/changes/keptDisks.ts";
import type { ClusterRecord } from "../../../plan/record.ts";

const clusterOf = (machines: object) => ({
  machines,
  nodes: {
    "control-1": { roles: ["control-plane"], address: "10.17.0.11", etcdDiskGiB: 8 },
    "worker-1": { roles: ["worker"], address: "10.17.0.21" },
  },
});
const lab = labOf(clusterOf({ etcdDiskGiB: 4 }));
const plain = labOf({
  nodes: { "control-1": { roles: ["control-plane"], address: "10.17.0.11" } },
});

const tell = (of: typeof lab, before: ClusterRecord) =>
  keptDiskProblems(of, before).map(({ path, message }) => `${path}: ${message}`);

const made = (etcdDiskGiB?: number) => {
  const { nodes } = clusterOf({});
  const control = { ...nodes["control-1"], etcdDiskGiB };
  return recordAfter(labOf({ nodes: { ...nodes, "control-1": control } }));
};
const anew =
  "or replace the node by one of another name, one member at a time; a single member needs ./lab destroy";

test("adding, changing or removing an etcd disk of an existing machine is refused", () => {
  expect(tell(lab, made())).toEqual([
    `nodes.control-1.etcdDiskGiB: 8, but this machine was created without an etcd disk, and on another disk etcd would start without its data; remove the key, ${anew}`,
  ]);
  expect(tell(lab, made(10))).toEqual([
    `nodes.control-1.etcdDiskGiB: 8, but this machine was created with an etcd disk of 10, and on another disk etcd would start without its data; write 10 again, ${anew}`,
  ]);
  expect(tell(plain, made(10))).toEqual([
    `nodes.control-1.etcdDiskGiB: nothing, but this machine was created with an etcd disk of 10, and on another disk etcd would start without its data; write 10 again, ${anew}`,
  ]);
});

test("the same, a machine that is new, or one that the lab does not make: no problem", () => {
  expect(tell(lab, made(8))).toEqual([]);
  expect(tell(plain, made())).toEqual([]);
  const { nodes, ...record } = made(10);
  expect(tell(lab, { ...record, nodes: nodes.slice(1) })).toEqual([]);
  const existing = nodes.map((node) => ({ ...node, guest: undefined }));
  expect(tell(lab, { ...record, nodes: existing })).toEqual([]);
});
