import { companyAuthority } from "../../../harness/program/certificates.ts";
import { haCluster } from "../../../harness/program/labs.ts";
import { fileOf, hostKey, privateKey, qcow2, surroundings } from "./surroundings.ts";

/** A config with every possible key that breaks no rule. */
export const allSettings = {
  network: {
    nodes: "10.17.0.0/24",
    bridge: "br0",
    gateway: "10.17.0.254",
    pods: "10.200.0.0/16",
    services: "10.32.0.0/16",
    plugin: "routes",
    proxy: "iptables",
    dns: ["9.9.9.9"],
  },
  api: { address: "10.17.0.10", names: ["api.example.org", "10.0.0.1"] },
  ingress: { http: 30080, https: 30443 },
  machines: {
    hypervisors: {
      here: { libvirt: "qemu:///system" },
      big: {
        libvirt: "qemu+ssh://root@big/system",
        domainType: "kvm",
        pool: "/srv/big",
        bridge: "br1",
      },
    },
    domainType: "auto",
    image: {
      url: "https://example.org/a.qcow2",
      sha256: "ab".repeat(32),
      cpuLevel: "x86-64-v2",
    },
    pool: "/srv/hardway",
    cpus: 2,
    memoryMiB: 2048,
    diskGiB: 10,
  },
  ssh: { authorizedKeys: [hostKey] },
  certificates: { authorityHours: 87_600, leafHours: 8_760, renewalHours: 720 },
  people: {
    alice: { group: "developers", namespace: "team-a", role: "edit", validityHours: 720 },
    bob: { role: "view" },
  },
  runtime: "cri-o",
  kubelet: { maxPods: 50, evictionHard: { "memory.available": "100Mi" }, syncFrequency: "1m" },
  kubeProxy: { conntrack: { tcpBeLiberal: true }, nodePortAddresses: ["primary"] },
  flags: { "kube-apiserver": { v: 4, "event-ttl": "2h" }, etcd: { "snapshot-count": 5000 } },
  mirrorAddress: "10.17.0.2",
  outside: {
    proxy: "http://proxy.example.org:3128",
    direct: [".example.org"],
    authorities: [companyAuthority],
    registries: { "docker.io": ["https://registry.example.org"] },
  },
  manifests: ["mine.yaml"],
  allow: ["etcd-below-quorum"],
  mirrorPort: 8473,
  timeZone: "Europe/Berlin",
  users: { ada: { authorizedKeys: [hostKey], sudo: true, groups: ["adm"], shell: "/bin/bash" } },
  files: { "/etc/motd": { content: "hello" }, "/etc/token": { from: "/token", mode: "600" } },
  nodes: {
    cp: {
      roles: ["control-plane", "worker"],
      address: "10.17.0.11",
      cpus: 2,
      memoryMiB: 2048,
      etcdDiskGiB: 8,
      hypervisor: "here",
      flags: { "kube-scheduler": { v: 4 } },
    },
    lb: { roles: ["load-balancer"], address: "10.17.0.5", hypervisor: "big" },
    old: {
      roles: ["worker"],
      address: "10.17.0.12",
      host: { user: "debian", port: 22, hostKey, keyFile: "/id" },
    },
  },
  pools: {
    worker: {
      count: 2,
      roles: ["worker"],
      firstAddress: "10.17.0.21",
      runtime: "containerd",
      kubelet: { maxPods: 20 },
      kubeProxy: { nodePortAddresses: ["10.17.0.0/24"] },
      labels: { disk: "ssd" },
      taints: ["dedicated=infra:NoSchedule"],
      hypervisors: ["here", "big"],
    },
  },
};

/** The image counts as downloaded, whatever its checksum. */
export const surroundingsOfAll = surroundings(
  { ownImage: () => "/image" },
  {
    "/id": privateKey,
    "/other-id": privateKey,
    "/other-token": fileOf("plaice"),
    "/image": qcow2(2),
    "/token": fileOf("swordfish"),
    "/src/hardway/other.yaml": fileOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"),
    "/src/hardway/mine.yaml": fileOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"),
  },
);

export type Path = readonly (string | number)[];

/** The value with the part at this path changed or added. */
export function changed(value: unknown, path: Path, by: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    return by(value);
  }
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) => (index === key ? changed(part, rest, by) : part));
  }
  const mapping = (value ?? {}) as Record<string, unknown>;
  return { ...mapping, [key]: changed(mapping[key], rest, by) };
}

/** Another value for a key of the schema, and a config in which the value makes a difference. */
export interface Example {
  readonly path: Path;
  readonly value: unknown;
  /** @default allSettings */
  readonly base?: object;
}

const at = (path: string, value: unknown, base?: object): Example => ({
  path: path.split("/"),
  value,
  ...(base === undefined ? {} : { base }),
});

/** A lab whose machines are on one remote hypervisor. */
const oneHypervisor = {
  network: { bridge: "br0", gateway: "10.17.0.254" },
  mirrorAddress: "10.17.0.2",
  machines: { libvirt: "qemu+ssh://root@a/system", domainType: "kvm" },
  nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } },
};
const emulated = { ...oneHypervisor, machines: { ...oneHypervisor.machines, domainType: "qemu" } };

const otherHostKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"),
  Buffer.alloc(32, 1),
]).toString("base64")}`;
const user = { authorizedKeys: [hostKey], sudo: false, groups: [], shell: "/bin/sh" };
const userOf = (path: string): readonly [string, Example][] => {
  const name = path.replaceAll("/", ".").replace(/\.(cp|worker)\./, ".NAME.");
  const base = changed(allSettings, [...path.split("/"), "bob"], () => user) as object;
  return Object.entries({
    authorizedKeys: [otherHostKey],
    sudo: true,
    groups: ["adm"],
    shell: "/x",
  }).map(([key, value]) => [`${name}.NAME.${key}`, at(`${path}/bob/${key}`, value, base)]);
};
const filesOf = (path: string): readonly [string, Example][] => {
  const name = path.replaceAll("/", ".").replace(/\.(cp|worker)\./, ".NAME.");
  const [keys, file] = [path.split("/"), "/etc/new"];
  const base = (entry: object) => changed(allSettings, [...keys, file], () => entry) as object;
  const example = (key: string, value: unknown, entry: object): [string, Example] => [
    `${name}.NAME.${key}`,
    { path: [...keys, file, key], value, base: base(entry) },
  ];
  const content = { content: "a" };
  return [
    example("content", "b", content),
    example("from", "/other-token", { from: "/token" }),
    example("mode", "640", content),
    example("owner", "root:adm", content),
  ];
};

const ofNodes = {
  roles: ["control-plane"],
  cpus: 4,
  memoryMiB: 4096,
  diskGiB: 20,
  runtime: "containerd",
  kubelet: { maxPods: 51 },
  kubeProxy: { conntrack: { tcpBeLiberal: false } },
  flags: { "kube-apiserver": { v: 5 } },
  labels: { disk: "nvme" },
  taints: ["dedicated=db:NoSchedule"],
  timeZone: "Europe/Paris",
};

/** One for each key of the schema. */
export const examples: Readonly<Record<string, Example>> = {
  "network.nodes": at("network/nodes", "10.17.0.0/23"),
  "network.bridge": at("network/bridge", "br7"),
  "network.gateway": at("network/gateway", "10.17.0.253"),
  "network.pods": at("network/pods", "10.204.0.0/16"),
  "network.services": at("network/services", "10.36.0.0/16"),
  "network.plugin": at("network/plugin", "flannel"),
  "network.proxy": at("network/proxy", "nftables"),
  "network.dns": at("network/dns", ["9.9.9.10"]),
  "api.address": at("api/address", "10.17.0.9"),
  "api.names": at("api/names", ["k8s.example.org"]),
  "ingress.http": at("ingress/http", 30081),
  "ingress.https": at("ingress/https", 30444),
  "machines.libvirt": at("machines/libvirt", "qemu+ssh://root@b/system", oneHypervisor),
  "machines.hypervisors.NAME.libvirt": at(
    "machines/hypervisors/big/libvirt",
    "qemu+ssh://root@x/system",
  ),
  "machines.hypervisors.NAME.domainType": at("machines/hypervisors/big/domainType", "qemu"),
  "machines.hypervisors.NAME.pool": at("machines/hypervisors/big/pool", "/srv/other"),
  "machines.hypervisors.NAME.bridge": at("machines/hypervisors/big/bridge", "br9"),
  "machines.domainType": at("machines/domainType", "qemu"),
  "machines.image.url": at("machines/image/url", "https://example.org/b.qcow2"),
  "machines.image.sha256": at("machines/image/sha256", "cd".repeat(32)),
  "machines.image.cpuLevel": at("machines/image/cpuLevel", "x86-64-v3"),
  "machines.pool": at("machines/pool", "/srv/other"),
  "machines.cpus": at("machines/cpus", 3),
  "machines.emulatedCpus": at("machines/emulatedCpus", 1, emulated),
  "machines.memoryMiB": at("machines/memoryMiB", 4096),
  "machines.diskGiB": at("machines/diskGiB", 20),
  "machines.etcdDiskGiB": at("machines/etcdDiskGiB", 9, oneHypervisor),
  "ssh.authorizedKeys": at("ssh/authorizedKeys", [otherHostKey]),
  "certificates.authorityHours": at("certificates/authorityHours", 87_601),
  "certificates.leafHours": at("certificates/leafHours", 8_761),
  "certificates.renewalHours": at("certificates/renewalHours", 721),
  "people.NAME.group": at("people/alice/group", "operators"),
  "people.NAME.namespace": at("people/alice/namespace", "team-b"),
  "people.NAME.role": at("people/alice/role", "view"),
  "people.NAME.validityHours": at("people/alice/validityHours", 721),
  runtime: at("runtime", "containerd"),
  kubelet: at("kubelet", { maxPods: 52 }),
  kubeProxy: at("kubeProxy", {}),
  flags: at("flags", { etcd: { "snapshot-count": 6000 } }),
  mirrorAddress: at("mirrorAddress", "10.17.0.3"),
  mirrorPort: at("mirrorPort", 8474),
  allow: at("allow", []),
  "outside.proxy": at("outside/proxy", "http://other.example.org:3128"),
  "outside.direct": at("outside/direct", [".example.com"]),
  "outside.authorities": at("outside/authorities", []),
  "outside.registries": at("outside/registries", { "quay.io": ["https://registry.example.org"] }),
  manifests: at("manifests", ["other.yaml"]),
  timeZone: at("timeZone", "Europe/Paris"),
  ...Object.fromEntries(["users", "nodes/cp/users", "pools/worker/users"].flatMap(userOf)),
  ...Object.fromEntries(["files", "nodes/cp/files", "pools/worker/files"].flatMap(filesOf)),
  ...Object.fromEntries(
    Object.entries(ofNodes).flatMap(([key, value]) => [
      [`nodes.NAME.${key}`, at(`nodes/cp/${key}`, value)],
      [
        `pools.NAME.${key}`,
        key === "runtime"
          ? at("pools/worker/runtime", "cri-o")
          : at(`pools/worker/${key}`, key === "roles" ? ["worker", "load-balancer"] : value),
      ],
    ]),
  ),
  "nodes.NAME.address": at("nodes/cp/address", "10.17.0.13"),
  "nodes.NAME.etcdDiskGiB": at("nodes/cp/etcdDiskGiB", 9),
  "nodes.NAME.hypervisor": at("nodes/cp/hypervisor", "big"),
  "nodes.NAME.host.user": at("nodes/old/host/user", "ubuntu"),
  "nodes.NAME.host.port": at("nodes/old/host/port", 2222),
  "nodes.NAME.host.hostKey": at("nodes/old/host/hostKey", otherHostKey),
  "nodes.NAME.host.keyFile": at("nodes/old/host/keyFile", "/other-id"),
  "pools.NAME.count": at("pools/worker/count", 3),
  "pools.NAME.firstAddress": at("pools/worker/firstAddress", "10.17.0.31"),
  "pools.NAME.etcdDiskGiB": at("pools/control/etcdDiskGiB", 9, haCluster),
  "pools.NAME.flags": at("pools/control/flags", { "kube-apiserver": { v: 5 } }, haCluster),
  "pools.NAME.hypervisors": at("pools/worker/hypervisors", ["big", "here"]),
};
