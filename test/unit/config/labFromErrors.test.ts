import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { quote } from "../../../base/wording.ts";
import type { Surroundings } from "../../../config/resolve/surroundings.ts";
import { errorOf, linesOf } from "./labErrors.ts";
import { fileOf, fullLock, hostKey, privateKey, qcow2, surroundings } from "./surroundings.ts";

const cp = { roles: ["control-plane"], address: "10.17.0.11" };

test("errors of config, environment and files are reported at once, each with its line", () => {
  const text = `# a comment
config:
  hardway:cluster:
    nodes:
      cp:
        roles: [control-plane]
        address: 10.17.1.11
        memory: 4096
    machines: {domainType: kvm}
    podCidr: 10.200.0.0/16
`;
  const file = parse(text) as { config: Record<string, unknown> };
  const around = surroundings({
    otherKeys: ["hardway:clustre"],
    file: { name: "Pulumi.dev.yaml", text },
    kvmOpens: false,
    lock: { path: "/cache/mirror/lock.json" },
  });
  const missing = Object.keys(fullLock.artifacts).filter((key) => !/^(flannel|cri-o)@/.test(key));
  expect(errorOf(file.config["hardway:cluster"], around)).toBe(
    `Pulumi.dev.yaml: 6 problems; nothing was changed.
  nodes.cp.address (line 7): 10.17.1.11 is not in network.nodes 10.17.0.0/24; nodes may have 10.17.0.2 to 10.17.0.254
  nodes.cp.memory (line 8): unknown key; did you mean memoryMiB?
  machines.domainType (line 9): kvm is set, but /dev/kvm can't be opened for reading and writing here; write qemu (slow) or auto
  podCidr (line 10): unknown key; did you mean network.pods?
  hardway:clustre: unknown key; did you mean hardway:cluster?
  /cache/mirror/lock.json: has no sha256 for ${missing.join(", ")}; run ./lab mirror sync`,
  );
});

test("no lines are reported for a file that differs from the engine's config", () => {
  const text = "config: {hardway:cluster: {nodes: {}}}";
  const file = { name: "Pulumi.dev.yaml", text };
  expect(linesOf({ nodes: 5 }, surroundings({ file }))).toEqual([
    "nodes: expected a mapping of node names to nodes, got 5",
  ]);
});

test("no config at all", () => {
  expect(errorOf(undefined, surroundings({ file: { name: "Pulumi.x.yaml", text: "" } }))).toBe(
    `Pulumi.x.yaml: 1 problem; nothing was changed.
  hardway:cluster: expected a mapping with nodes or pools, and maybe network, api, ingress, machines, ssh, certificates, people, runtime, kubelet, mirrorPort, got nothing`,
  );
});

test.each(["-dev", "dev.", "a".repeat(64), ""])("stack %j", (stack) => {
  expect(linesOf({ nodes: { cp } }, surroundings({ stack }))).toEqual([
    `stack: the name ${quote(stack)} must be at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends; run pulumi stack rename`,
  ]);
});

describe("domain type", () => {
  const linesFor = (machines: object, changes: Partial<Surroundings>) =>
    linesOf({ nodes: { cp }, machines }, surroundings(changes));
  test("kvm where no guest boots with it", () => {
    const environment = { HARDWAY_DOMAIN_TYPE: "qemu" };
    expect(linesFor({ domainType: "kvm" }, { environment })).toEqual([
      "machines.domainType: kvm is set, but no guest boots with KVM here (HARDWAY_DOMAIN_TYPE=qemu); write qemu (slow) or auto",
    ]);
  });
  test("a variable that says nothing known", () => {
    expect(linesFor({}, { environment: { HARDWAY_DOMAIN_TYPE: "xen" } })).toEqual([
      'HARDWAY_DOMAIN_TYPE: expected kvm or qemu, got "xen"; unset it for automatic detection',
    ]);
  });
  test("auto on another host", () => {
    const machines = { libvirt: "qemu+ssh://root@big/system" };
    const bridged = { network: { bridge: "br0" }, mirrorAddress: "10.17.0.2" };
    expect(linesOf({ nodes: { cp }, machines, ...bridged }, surroundings())).toEqual([
      "machines.domainType: auto checks this machine, but qemu+ssh://root@big/system is another hypervisor; write kvm, or qemu if it has no KVM",
    ]);
  });
});

test("two names that have the same hash can't both be machines made here", () => {
  const worker = (address: string, more: object = {}) => ({ roles: ["worker"], address, ...more });
  const host = { keyFile: "/id", hostKey };
  const around = surroundings({}, { "/id": privateKey });
  const linesFor = (second: object) =>
    linesOf({ nodes: { cp, n347384: worker("10.17.0.12"), n672580: second } }, around);
  expect(linesFor(worker("10.17.0.13"))).toEqual([
    "nodes.n672580: its MAC address 02:97:ce:a9:80:77 is also that of nodes.n347384; rename one of the two nodes",
  ]);
  expect(linesFor(worker("10.17.0.13", { host }))).toEqual([]);
});

describe("image", () => {
  const environment = { HARDWAY_BASE_IMAGE: "/images/base.qcow2" };
  const linesFor = (file: ReturnType<typeof fileOf>, cluster: object = {}) =>
    linesOf(
      { nodes: { cp }, ...cluster },
      surroundings({ environment }, { "/images/base.qcow2": file }),
    );
  test("missing", () => {
    expect(linesFor({ kind: "none", why: "does not exist" })).toEqual([
      "HARDWAY_BASE_IMAGE: /images/base.qcow2 does not exist; expected a disk image in qcow2 format",
    ]);
  });
  test("a web page instead", () => {
    expect(linesFor(fileOf(`<!doctype html>${" ".repeat(100)}`))).toEqual([
      "HARDWAY_BASE_IMAGE: /images/base.qcow2 is not in qcow2 format; qemu-img convert -O qcow2 converts other formats",
    ]);
  });
  test("empty", () => {
    expect(linesFor(fileOf(""))).toHaveLength(1);
  });
  test("a custom image whose checksum was not verified", () => {
    const machines = { image: { url: "/srv/own.qcow2", sha256: "ab".repeat(32) } };
    const unchecked = surroundings({}, { "/srv/own.qcow2": qcow2(2) });
    expect(linesOf({ nodes: { cp }, machines }, unchecked)).toEqual([
      "machines.image: /srv/own.qcow2 was not checked yet; run ./lab setup, which downloads it and checks its sha256",
    ]);
  });
  test("larger than the disks", () => {
    const cluster = { machines: { diskGiB: 8 }, nodes: { cp: { ...cp, diskGiB: 9 } } };
    expect(linesFor(qcow2(10), cluster)).toEqual([
      "machines.diskGiB: 8 GiB is less than the image's 10 GiB; raise it",
      "nodes.cp.diskGiB: 9 GiB is less than the image's 10 GiB; raise it",
    ]);
    expect(linesFor(qcow2(10))).toEqual([]);
  });
});

describe("the mirror's lock", () => {
  const linesFor = (text: string) =>
    linesOf({ nodes: { cp } }, surroundings({ lock: { path: "/lock", text } }));
  test.each(["", "{", "[]", '{"artifacts": {"runc@v1.5.1": {"sha256": "abc"}}}'])("%j", (text) => {
    expect(linesFor(text)).toEqual([
      "/lock: is not a lock file of the mirror; move the file elsewhere and run ./lab mirror sync",
    ]);
  });
  test("one artefact missing", () => {
    const { artifacts } = fullLock;
    const others = Object.entries(artifacts).filter(([key]) => key !== "runc@v1.5.1");
    expect(linesFor(JSON.stringify({ artifacts: Object.fromEntries(others) }))).toEqual([
      "/lock: has no sha256 for runc@v1.5.1; run ./lab mirror sync",
    ]);
  });
  test("flannel missing, where the lab takes it", () => {
    const others = Object.entries(fullLock.artifacts).filter(([key]) => !/^flannel@/.test(key));
    const text = JSON.stringify({ artifacts: Object.fromEntries(others) });
    const around = surroundings({ lock: { path: "/lock", text } });
    expect(linesOf({ nodes: { cp } }, around)).toEqual([]);
    expect(linesOf({ network: { plugin: "flannel" }, nodes: { cp } }, around)).toEqual([
      "/lock: has no sha256 for flannel@v0.28.9; run ./lab mirror sync",
    ]);
  });
});
