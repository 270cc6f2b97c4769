import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../../config/messages/problem.ts";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { clusterSchema } from "../../../config/schema/clusterSchema.ts";
import { companyAuthority } from "../../../harness/program/certificates.ts";
import { planOf } from "../../../harness/program/labs.ts";
import { fileOf, hostKey, privateKey, qcow2, surroundings } from "./surroundings.ts";

/** Says everything that a config can say, and breaks no rule. */
const good = {
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

/** Whatever its hash, the image has been brought. */
const around = surroundings(
  { ownImage: () => "/image" },
  {
    "/id": privateKey,
    "/image": qcow2(2),
    "/token": fileOf("swordfish"),
    "/src/hardway/mine.yaml": fileOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"),
  },
);

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  const parts = Array.isArray(value)
    ? [...value.keys()]
    : typeof value === "object" && value !== null
      ? Object.keys(value)
      : [];
  return [
    path,
    ...parts.flatMap((key) => pathsOf((value as Record<string, unknown>)[key], [...path, key])),
  ];
}

/** What hands and editors do to a value. */
const change = fc.oneof(
  fc.jsonValue().map((value) => () => value),
  fc.constant(() => undefined),
  fc.constant((value: unknown) => [value]),
  fc.constant((value: unknown) => ({ value })),
  fc.constant((value: unknown) => JSON.stringify(value)),
  fc.constant((value: unknown) => (typeof value === "number" ? -value : `${String(value)} `)),
  fc.integer().map((number) => (value: unknown) => (typeof value === "number" ? number : value)),
  fc
    .nat(3)
    .map((place) => (value: unknown) => String(value).replaceAll(/\d+/g, String(place * 97))),
  fc.nat().map((place) => (value: unknown) => {
    const text = String(value);
    const at = place % (text.length + 1);
    return text.slice(0, at) + text.slice(at + 1);
  }),
  fc
    .constantFrom("__proto__", "constructor", "toString", "roles", "", "a.b", "Z")
    .map((key) => (value: unknown) => {
      const text = JSON.stringify(value) as string | undefined;
      return text?.startsWith("{") && text !== "{}"
        ? (JSON.parse(text.replace("{", `{${JSON.stringify(key)}:{"x":1},`)) as unknown)
        : key;
    }),
);

function changed(value: unknown, path: Path, by: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    return by(value);
  }
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) => (index === key ? changed(part, rest, by) : part));
  }
  const mapping = value as Record<string, unknown>;
  return { ...mapping, [key]: changed(mapping[key], rest, by) };
}

test("the good config builds, and says something of all that there is", () => {
  expect(planOf(labFrom(good, around)).nodes).toHaveLength(5);
  expect(Object.keys(good).sort()).toEqual(Object.keys(clusterSchema.shape).sort());
});

test("a config with one thing changed is refused in words, or builds", () => {
  const seen = { refused: 0, built: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(good)), change, (path, by) => {
      const mutated = changed(good, path, by);
      // As it comes from the engine: without what JSON does not know.
      const raw: unknown = mutated === undefined ? undefined : JSON.parse(JSON.stringify(mutated));
      try {
        planOf(labFrom(raw, around));
        seen.built++;
      } catch (error) {
        if (!(error instanceof ConfigError)) {
          throw error;
        }
        seen.refused++;
        for (const { message } of error.problems) {
          // zod's own words would mean that a rule has none.
          expect(message).not.toMatch(/Invalid|undefined|NaN|must match pattern|Too (big|small)/);
        }
        expect(error.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
  expect(seen.refused).toBeGreaterThan(500);
  expect(seen.built).toBeGreaterThan(25);
});
