import { expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { Ipv4Address } from "../../../model/addresses.ts";
import { cloudImages } from "../../../model/versions.ts";
import { fullLock, hostKey, privateKey, qcow2, qcow2Head, surroundings } from "./surroundings.ts";

const cluster = {
  nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
  pools: { worker: { count: 2, roles: ["worker"], firstAddress: "10.17.0.21", cpus: 1 } },
};

test("a lab has its nodes one by one, with defaults filled in", () => {
  const lab = labFrom({ ...cluster, kubelet: { maxPods: 50 } }, surroundings());
  const setAt = Object.fromEntries(
    ["cpus", "memoryMiB", "diskGiB", "etcdDiskGiB"].map((key) => [key, ["machines", key]]),
  );
  const machine = { kind: "guest", setAt, cpus: 2, memoryMiB: 2048, diskGiB: 10 };
  expect(lab.nodes).toEqual([
    {
      name: "cp",
      keys: ["nodes", "cp"],
      machine,
      roles: ["control-plane"],
      address: Ipv4Address.parse("10.17.0.11"),
      runtime: "containerd",
      kubelet: { maxPods: 50 },
      kubeProxy: {},
      flags: {},
      labels: {},
      taints: [],
    },
    ...[1, 2].map((number) => ({
      name: `worker-${number}`,
      keys: ["pools", "worker", number - 1],
      machine: { ...machine, setAt: { ...setAt, cpus: ["pools", "worker", "cpus"] }, cpus: 1 },
      roles: ["worker"],
      address: Ipv4Address.parse(`10.17.0.2${number}`),
      runtime: "containerd",
      kubelet: { maxPods: 50 },
      kubeProxy: {},
      flags: {},
      labels: {},
      taints: [],
    })),
  ]);
  expect(lab.name).toBe("dev");
});

test("a node's kubelet settings override those of the cluster", () => {
  const raw = {
    kubelet: { maxPods: 50, podsPerCore: 5 },
    nodes: { cp: { ...cluster.nodes.cp, kubelet: { maxPods: 20 } } },
  };
  expect(labFrom(raw, surroundings()).nodes[0]?.kubelet).toEqual({ maxPods: 20, podsPerCore: 5 });
});

test("each artefact has the hash that the mirror's lock records", () => {
  const { artifacts } = labFrom(cluster, surroundings());
  expect(artifacts.kubelet.sha256).toBe(fullLock.artifacts["kubelet@v1.36.4"]?.sha256);
  expect(Object.keys(artifacts)).toHaveLength(Object.keys(fullLock.artifacts).length);
});

test("an artefact that the lab does not fetch needs no hash, and gets one that matches nothing", () => {
  const others = Object.fromEntries(
    Object.entries(fullLock.artifacts).filter(([key]) => !key.startsWith("flannel@")),
  );
  const lock = { path: "/lock", text: JSON.stringify({ artifacts: others }) };
  expect(labFrom(cluster, surroundings({ lock })).artifacts.flannel.sha256).toBe("0".repeat(64));
});

test.each([
  ["kvm opens here", {}, true, "kvm"],
  ["kvm does not open here", {}, false, "qemu"],
  ["lab found that nothing boots with it", { HARDWAY_DOMAIN_TYPE: "qemu" }, true, "qemu"],
  ["lab found that it works", { HARDWAY_DOMAIN_TYPE: "kvm" }, false, "kvm"],
  ["an empty variable says nothing", { HARDWAY_DOMAIN_TYPE: "" }, true, "kvm"],
])("domain type auto: %s", (_, environment, kvmOpens, expected) => {
  const lab = labFrom(cluster, surroundings({ environment, kvmOpens }));
  expect(lab.machines.hypervisors).toMatchObject([{ domainType: expected }]);
});

test("domain type as the config says, on another host too", () => {
  const machines = { domainType: "kvm", libvirt: "qemu+ssh://root@big/system" };
  const bridged = { ...cluster, network: { bridge: "br0" }, mirrorAddress: "10.17.0.2" };
  const lab = labFrom({ ...bridged, machines }, surroundings({ kvmOpens: false }));
  expect(lab.machines.hypervisors).toMatchObject([{ domainType: "kvm" }]);
});

test("the image is the distribution's, named by its URL", () => {
  const { image } = labFrom(cluster, surroundings()).machines;
  expect(image.source).toBe(cloudImages["debian-12"].url);
  expect(image.id).toMatch(/^[0-9a-f]{12}$/);
  const other = labFrom({ ...cluster, machines: { image: "debian-13" } }, surroundings());
  expect(other.machines.image.id).not.toBe(image.id);
});

test("the image made here stands for any named one, named by what it was made from", () => {
  const path = "/cache/parts/base-image/1ae3294a5aa22a18/debian-12.qcow2";
  const environment = { HARDWAY_BASE_IMAGE: path };
  const lab = labFrom(cluster, surroundings({ environment }, { [path]: qcow2(2) }));
  expect(lab.machines.image).toMatchObject({ id: "1ae3294a5aa2", source: path });
});

test("an image in a folder of another name is named by its own name and size", () => {
  const idOf = (size: number) => {
    const file = { kind: "file" as const, size, mode: 0o644, head: qcow2Head(2) };
    const environment = { HARDWAY_BASE_IMAGE: "/images/a.qcow2" };
    const around = surroundings({ environment }, { "/images/a.qcow2": file });
    return labFrom(cluster, around).machines.image.id;
  };
  expect(idOf(1)).toMatch(/^[0-9a-f]{12}$/);
  expect(idOf(1)).toBe(idOf(1));
  expect(idOf(1)).not.toBe(idOf(2));
});

test("an image given by its URL is the copy whose hash was compared, whatever was made here", () => {
  const image = { url: "https://example.org/a.qcow2", sha256: "ab".repeat(32) };
  const checked = `/cache/own-image/${image.sha256}/image.qcow2`;
  const environment = { HARDWAY_BASE_IMAGE: "/images/a.qcow2" };
  const around = surroundings({ environment }, { [checked]: qcow2(2) });
  const lab = labFrom({ ...cluster, machines: { image } }, around);
  expect(lab.machines.image).toMatchObject({ id: "abababababab", source: checked });
});

test.each([
  ["debian-12", undefined, "x86-64-v1"],
  ["centos-stream-10", undefined, "x86-64-v3"],
  ["own", undefined, "x86-64-v1"],
  ["own", "x86-64-v2", "x86-64-v2"],
] as const)("the image %s, said to need %s, runs on %s or better", (name, cpuLevel, expected) => {
  const sha256 = "ab".repeat(32);
  const own = { url: "/srv/own.qcow2", sha256, ...(cpuLevel === undefined ? {} : { cpuLevel }) };
  const machines = { image: name === "own" ? own : name };
  const around = surroundings({}, { [`/cache/own-image/${sha256}/image.qcow2`]: qcow2(2) });
  expect(labFrom({ ...cluster, machines }, around).machines.image.cpuLevel).toBe(expected);
});

test("an existing host's key file is absolute, whichever way it is written", () => {
  const keyOf = (keyFile: string, path: string) =>
    labFrom(
      { nodes: { cp: { ...cluster.nodes.cp, host: { keyFile, hostKey: `${hostKey} cp\n` } } } },
      surroundings({}, { [path]: privateKey }),
    ).nodes[0]?.machine;
  expect(keyOf("~/.ssh/id", "/home/ada/.ssh/id")).toEqual({
    kind: "existing",
    user: "root",
    port: 22,
    hostKey: `${hostKey} cp`,
    keyFile: "/home/ada/.ssh/id",
  });
  expect(keyOf("keys/id", "/src/hardway/keys/id")).toMatchObject({
    keyFile: "/src/hardway/keys/id",
  });
  expect(keyOf("/etc/id", "/etc/id")).toMatchObject({ keyFile: "/etc/id" });
});

test("a lab of existing hosts alone asks nothing about making machines", () => {
  const host = { keyFile: "/id", hostKey };
  const raw = {
    machines: { libvirt: "qemu+ssh://root@big/system", diskGiB: 4 },
    nodes: { cp: { ...cluster.nodes.cp, host } },
  };
  const lab = labFrom(
    raw,
    surroundings({ environment: { HARDWAY_BASE_IMAGE: "/gone" } }, { "/id": privateKey }),
  );
  expect(lab.nodes).toHaveLength(1);
});
