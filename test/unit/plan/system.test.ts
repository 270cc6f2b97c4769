import { describe, expect, test } from "vitest";
import { devCluster, labOf, planOf, separateCluster } from "../../../harness/program/labs.ts";

const hello = { content: "hello" };

/** Each node's settings, by name. */
const systemsOf = (cluster: object) =>
  new Map(planOf(labOf(cluster)).nodes.map(({ name, system }) => [name, system]));

describe("what a person wants of machines", () => {
  test("is nothing unless something is written", () => {
    expect([...systemsOf(devCluster).values()]).toEqual([undefined, undefined, undefined]);
    expect([...systemsOf({ ...devCluster, users: {}, files: {} }).values()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("stands for all nodes, and a node's own over it: by name, by path", () => {
    const systems = systemsOf({
      timeZone: "Europe/Berlin",
      users: { ada: { sudo: true }, bob: {} },
      files: { "/etc/motd": hello },
      nodes: { "control-1": { roles: ["control-plane"], address: "10.17.0.11" } },
      pools: {
        worker: {
          count: 1,
          roles: ["worker"],
          firstAddress: "10.17.0.21",
          timeZone: "UTC",
          users: { ada: {}, carol: {} },
          files: { "/etc/motd": { content: "worker" }, "/etc/issue": hello },
        },
      },
    });
    expect(systems.get("control-1")).toMatchObject({
      timeZone: "Europe/Berlin",
      users: [{ name: "ada", sudo: true }, { name: "bob" }],
      files: [{ path: "/etc/motd", text: "hello\n" }],
    });
    expect(systems.get("worker-1")).toMatchObject({
      timeZone: "UTC",
      users: [{ name: "ada", sudo: false }, { name: "bob" }, { name: "carol" }],
      files: [
        { path: "/etc/motd", text: "worker\n" },
        { path: "/etc/issue", text: "hello\n" },
      ],
    });
  });

  test.for([
    ["644", "644", false],
    ["0755", "755", false],
    ["600", "600", true],
    ["0640", "640", true],
    ["711", "711", true],
  ] as const)(
    "a file with mode %s is shown only where others may read it",
    ([mode, three, isSecret]) => {
      const systems = systemsOf({ ...devCluster, files: { "/etc/a": { ...hello, mode } } });
      expect(systems.get("worker-1")?.files).toEqual([
        { path: "/etc/a", text: "hello\n", mode: three, owner: "root:root", isSecret },
      ]);
    },
  );

  test("what a file holds comes from where the config says", () => {
    const files = { "/etc/motd": { from: "motd.txt" } };
    const lab = { ...labOf({ ...devCluster, files }), texts: { "motd.txt": "a\nb\n" } };
    expect(planOf(lab).nodes[0]?.system?.files[0]?.text).toBe("a\nb\n");
  });
});

describe("a disk for etcd", () => {
  const disksOf = (cluster: object) =>
    planOf(labOf(cluster)).nodes.map(({ name, machine }) => [
      name,
      machine.kind === "guest" ? machine.etcdDiskGiB : undefined,
    ]);

  test("is the members', in the size of each", () => {
    const { etcd, ...pools } = separateCluster.pools;
    expect(
      disksOf({
        ...separateCluster,
        machines: { etcdDiskGiB: 8 },
        nodes: {
          ...separateCluster.nodes,
          "etcd-4": { roles: ["etcd"], address: "10.17.0.41", etcdDiskGiB: 4 },
        },
        pools: { ...pools, etcd: { ...etcd, count: 2 } },
      }),
    ).toEqual([
      ["worker", undefined],
      ["etcd-4", 4],
      ["control-1", undefined],
      ["control-2", undefined],
      ["etcd-1", 8],
      ["etcd-2", 8],
    ]);
  });

  test("is known to the member by a name of udev's", () => {
    const { members } = planOf(labOf({ ...devCluster, machines: { etcdDiskGiB: 8 } })).etcd;
    expect(members.map(({ disk }) => disk)).toEqual(["/dev/disk/by-id/virtio-etcd"]);
    expect(planOf(labOf(devCluster)).etcd.members[0]).not.toHaveProperty("disk");
  });
});
