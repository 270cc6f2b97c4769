import { describe, expect, test } from "vitest";
import { labOf, manyHostsCluster, planOf, recordAfter } from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import { guestsIn } from "../../../model/machines.ts";
import {
  keptImagesNote,
  lostMemberProblems,
  withKeptImages,
} from "../../../plan/changes/keptMachines.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import type { ClusterRecord } from "../../../plan/record.ts";

const withImage = (lab: Lab, name: string, id: string): Lab => ({
  ...lab,
  machines: { ...lab.machines, image: { ...lab.machines.image, name, id } },
});

/** The record of a lab with only the first few of these nodes. */
const first = (record: ClusterRecord, count: number): ClusterRecord => ({
  ...record,
  nodes: record.nodes.slice(0, count),
});

const three = {
  api: { address: "10.17.0.10" },
  nodes: {
    "control-1": { roles: ["control-plane"], address: "10.17.0.11" },
    "control-2": { roles: ["control-plane"], address: "10.17.0.12" },
    "control-3": { roles: ["control-plane"], address: "10.17.0.13" },
    lb: { roles: ["load-balancer"], address: "10.17.0.5" },
    worker: { roles: ["worker"], address: "10.17.0.21" },
  },
};

const soloCluster = {
  nodes: {
    solo: { roles: ["control-plane", "worker"], address: "10.17.0.11", diskGiB: 10 },
  },
};

describe("an image", () => {
  const lab = labOf(manyHostsCluster);
  const imagesOf = (of: Lab) => guestsIn(of.nodes).map(({ machine }) => machine.image?.id);

  test("is for new machines: an existing one keeps its own", () => {
    const made = recordAfter(withImage(lab, "debian-12", "00000000000a"));
    expect(imagesOf(withKeptImages(lab, first(made, 1)))).toEqual([
      "00000000000a",
      undefined,
      undefined,
      undefined,
    ]);
    const all = withKeptImages(lab, made);
    expect(planOf(all).libvirt.hypervisors.map(({ images }) => images.length)).toEqual([1, 1]);
    expect(guestNodes(planOf(all)).map(({ machine }) => machine.rootDisk)).toEqual(
      guestNodes(planOf(withImage(lab, "debian-12", "00000000000a"))).map(
        ({ machine }) => machine.rootDisk,
      ),
    );
  });

  test("another build of the same is nothing to speak of; another one is, with the names of those that keep theirs", () => {
    const newer = withImage(lab, "debian-12", "00000000000b");
    expect(keptImagesNote(withKeptImages(newer, recordAfter(lab)))).toBeUndefined();
    const another = withImage(lab, "ubuntu-24.04", "00000000000c");
    expect(keptImagesNote(withKeptImages(another, first(recordAfter(lab), 2)))?.message).toBe(
      "ubuntu-24.04 is for new machines; created from debian-12, which they keep: control-1, worker-1",
    );
    expect(keptImagesNote(another)).toBeUndefined();
  });

  test("is the config's if the disk is recreated anyway, and on an existing machine", () => {
    const old = recordAfter(withImage(lab, "debian-12", "00000000000a"));
    const larger = labOf({
      ...manyHostsCluster,
      machines: { ...manyHostsCluster.machines, diskGiB: 40 },
    });
    expect(imagesOf(withKeptImages(larger, old))).toEqual(larger.nodes.map(() => undefined));
    expect(withKeptImages(lab, first(recordAfter(lab), 0))).toEqual(lab);
  });
});

describe("members of etcd", () => {
  const before = recordAfter(labOf(three, "ha"));
  const ha = (change: Partial<Record<string, object>>, machines: object = {}): Lab => {
    const nodes = Object.fromEntries(
      Object.entries(three.nodes).map(([name, node]) => [name, { ...node, ...change[name] }]),
    );
    return labOf({ ...three, machines, nodes }, "ha");
  };
  const tell = (lab: Lab, of: ClusterRecord) =>
    lostMemberProblems(lab, of).map(({ path, message }) => `${path}: ${message}`);

  test("one of three members may be recreated, and any worker", () => {
    expect(tell(ha({}), before)).toEqual([]);
    expect(tell(ha({ "control-2": { diskGiB: 20 }, worker: { diskGiB: 20 } }), before)).toEqual([]);
  });

  test("two or more at once may not", () => {
    const message =
      "its root disk would be recreated (20 GiB, now 10 GiB) and etcd's data on it lost, with that of 2 more; change one node at a time, with ./lab up after each";
    expect(tell(ha({}, { diskGiB: 20 }), before)).toEqual(
      ["control-1", "control-2", "control-3"].map((name) => `nodes.${name}: ${message}`),
    );
    expect(tell(ha({}, { pool: "/srv/other" }), before)).toEqual(
      ["control-1", "control-2", "control-3"].map(
        (name) =>
          `nodes.${name}: its root disk would be recreated (in /srv/other/ha, now in /var/lib/libvirt/hardway/ha) and etcd's data on it lost, with that of 2 more; change one node at a time, with ./lab up after each`,
      ),
    );
  });

  test("the only one may not, unless its data is on a disk of its own", () => {
    const solo = (settings: object, machines: object = {}) =>
      labOf({ machines, nodes: { solo: { ...soloCluster.nodes.solo, ...settings } } });
    expect(tell(solo({ diskGiB: 12 }), recordAfter(labOf(soloCluster)))).toEqual([
      "nodes.solo: its root disk would be recreated (12 GiB, now 10 GiB) and etcd's data on it lost; revert the change, or recreate the cluster: ./lab destroy, then ./lab up",
    ]);
    const withDisk = recordAfter(solo({ etcdDiskGiB: 4 }));
    expect(tell(solo({ etcdDiskGiB: 4, diskGiB: 12 }), withDisk)).toEqual([]);
    expect(tell(solo({ etcdDiskGiB: 4 }, { pool: "/srv/other" }), withDisk)).toHaveLength(1);
  });

  test("a move to another hypervisor is reported with both names", () => {
    const lab = labOf({
      ...manyHostsCluster,
      nodes: { "control-1": { ...manyHostsCluster.nodes["control-1"], hypervisor: "rack-2" } },
    });
    expect(tell(lab, recordAfter(labOf(manyHostsCluster)))).toEqual([
      "nodes.control-1: its root disk would be recreated (on rack-2, now on rack-1) and etcd's data on it lost; revert the change, or recreate the cluster: ./lab destroy, then ./lab up",
    ]);
  });

  test("a worker that becomes a member has no data that the others could copy", () => {
    const grown = (diskGiB: number) =>
      labOf({
        ...three,
        nodes: {
          lb: three.nodes.lb,
          "control-1": { ...three.nodes["control-1"], diskGiB },
          "control-2": three.nodes["control-2"],
          "control-3": three.nodes["control-3"],
        },
      });
    const alone = labOf({
      nodes: {
        "control-1": three.nodes["control-1"],
        "control-2": { ...three.nodes["control-2"], roles: ["worker"] },
        "control-3": { ...three.nodes["control-3"], roles: ["worker"] },
      },
    });
    expect(tell(grown(20), recordAfter(alone))).toEqual([
      "nodes.control-1: its root disk would be recreated (20 GiB, now 10 GiB) and etcd's data on it lost; revert the change, or recreate the cluster: ./lab destroy, then ./lab up",
    ]);
    expect(tell(grown(10), recordAfter(alone))).toEqual([]);
  });

  test("new members are no lost ones", () => {
    expect(tell(ha({}, { diskGiB: 20 }), first(before, 0))).toEqual([]);
  });
});
