import { describe, expect, test } from "vitest";
import { labOf, manyHostsCluster } from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import {
  keptImagesNote,
  lostMemberProblems,
  withKeptImages,
} from "../../../plan/changes/keptMachines.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import { planCluster } from "../../../plan/planCluster.ts";

/** What `up` says of the nodes that it made; see `index.ts`. */
const madeAs = (lab: Lab): unknown[] =>
  JSON.parse(
    JSON.stringify(
      guestNodes(planCluster(lab)).map(({ name, machine: { guest } }) => ({
        name,
        domain: guest.domain,
        hypervisor: guest.hypervisor,
        rootDisk: guest.rootDisk,
      })),
    ),
  ) as unknown[];

const withImage = (lab: Lab, name: string, id: string): Lab => ({
  ...lab,
  machines: { ...lab.machines, image: { ...lab.machines.image, name, id } },
});

const nothing = [undefined, {}, [], ["control-1"], [null], [{ name: "control-1", domain: 2 }]];

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
  const imagesOf = (of: Lab) => of.nodes.map(({ image }) => image?.id);

  test("is for machines to come: one that is there keeps its own", () => {
    const [first, ...others] = madeAs(withImage(lab, "debian-12", "00000000000a"));
    expect(imagesOf(withKeptImages(lab, [first]))).toEqual([
      "00000000000a",
      undefined,
      undefined,
      undefined,
    ]);
    const all = withKeptImages(lab, [first, ...others]);
    expect(planCluster(all).libvirt.hypervisors.map(({ images }) => images.length)).toEqual([1, 1]);
    expect(guestNodes(planCluster(all)).map(({ machine }) => machine.guest.rootDisk)).toEqual(
      guestNodes(planCluster(withImage(lab, "debian-12", "00000000000a"))).map(
        ({ machine }) => machine.guest.rootDisk,
      ),
    );
  });

  test("another build of the same is nothing to speak of; another one is, with the names of those that keep theirs", () => {
    const newer = withImage(lab, "debian-12", "00000000000b");
    expect(keptImagesNote(withKeptImages(newer, madeAs(lab)))).toBeUndefined();
    const another = withImage(lab, "ubuntu-24.04", "00000000000c");
    expect(keptImagesNote(withKeptImages(another, madeAs(lab).slice(0, 2)))).toBe(
      "machines.image: ubuntu-24.04 is for machines to come; made from debian-12, and staying so: control-1, worker-1",
    );
    expect(keptImagesNote(another)).toBeUndefined();
  });

  test("is the config's where the disk is made anew anyway, and on a machine that the lab does not make", () => {
    const old = madeAs(withImage(lab, "debian-12", "00000000000a"));
    const larger = labOf({
      ...manyHostsCluster,
      machines: { ...manyHostsCluster.machines, diskGiB: 40 },
    });
    expect(imagesOf(withKeptImages(larger, old))).toEqual(larger.nodes.map(() => undefined));
    for (const before of nothing) {
      expect(withKeptImages(lab, before)).toEqual(lab);
    }
  });
});

describe("members of etcd", () => {
  const before = madeAs(labOf(three, "ha"));
  const ha = (change: Partial<Record<string, object>>, machines: object = {}): Lab => {
    const nodes = Object.fromEntries(
      Object.entries(three.nodes).map(([name, node]) => [name, { ...node, ...change[name] }]),
    );
    return labOf({ ...three, machines, nodes }, "ha");
  };
  const tell = (lab: Lab, of: unknown) =>
    lostMemberProblems(lab, of).map(({ path, message }) => `${path}: ${message}`);

  test("of three, one may begin anew, and a worker as it likes", () => {
    expect(tell(ha({}), before)).toEqual([]);
    expect(tell(ha({ "control-2": { diskGiB: 20 }, worker: { diskGiB: 20 } }), before)).toEqual([]);
  });

  test("two or more at once may not", () => {
    const message =
      "its root disk would be made anew (20 GiB, where it has 10 GiB), and etcd's data on it be lost, as that of 2 more; change one node after the other, with ./lab up between";
    expect(tell(ha({}, { diskGiB: 20 }), before)).toEqual(
      ["control-1", "control-2", "control-3"].map((name) => `nodes.${name}: ${message}`),
    );
    expect(tell(ha({}, { pool: "/srv/other" }), before)).toEqual(
      ["control-1", "control-2", "control-3"].map(
        (name) =>
          `nodes.${name}: its root disk would be made anew (in /srv/other/ha, where it is in /var/lib/libvirt/hardway/ha), and etcd's data on it be lost, as that of 2 more; change one node after the other, with ./lab up between`,
      ),
    );
  });

  test("the only one may not, unless its data is on a disk of its own", () => {
    const solo = (settings: object, machines: object = {}) =>
      labOf({ machines, nodes: { solo: { ...soloCluster.nodes.solo, ...settings } } });
    expect(tell(solo({ diskGiB: 12 }), madeAs(labOf(soloCluster)))).toEqual([
      "nodes.solo: its root disk would be made anew (12 GiB, where it has 10 GiB), and etcd's data on it be lost; take that back, or make the cluster anew: ./lab destroy, then ./lab up",
    ]);
    const withDisk = madeAs(solo({ etcdDiskGiB: 4 }));
    expect(tell(solo({ etcdDiskGiB: 4, diskGiB: 12 }), withDisk)).toEqual([]);
    expect(tell(solo({ etcdDiskGiB: 4 }, { pool: "/srv/other" }), withDisk)).toHaveLength(1);
  });

  test("a move to another hypervisor is told by both names", () => {
    const lab = labOf({
      ...manyHostsCluster,
      nodes: { "control-1": { ...manyHostsCluster.nodes["control-1"], hypervisor: "rack-2" } },
    });
    expect(tell(lab, madeAs(labOf(manyHostsCluster)))).toEqual([
      "nodes.control-1: its root disk would be made anew (on rack-2, where it is on rack-1), and etcd's data on it be lost; take that back, or make the cluster anew: ./lab destroy, then ./lab up",
    ]);
  });

  test("nothing known, no problem", () => {
    for (const unknown of nothing) {
      expect(tell(ha({}, { diskGiB: 20 }), unknown)).toEqual([]);
    }
  });
});
