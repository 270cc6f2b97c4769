import type { Lab } from "../../config/lab.ts";
import { parseCluster } from "../../config/parse.ts";
import { type ArtifactName, artifacts, images } from "../../versions.ts";

/** The hash that an artefact has in tests: 64 hex digits that tell which one it is. */
function testSha256(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
}

/** One control plane and two workers, as in Pulumi.dev.yaml. */
export const devCluster = {
  nodes: { "control-1": { roles: ["control-plane"], address: "10.17.0.11" } },
  pools: { worker: { count: 2, roles: ["worker"], firstAddress: "10.17.0.21", cpus: 1 } },
};

/** Three control planes behind two load balancers, and a worker; Pulumi.ha.yaml has more of them. */
export const haCluster = {
  api: { address: "10.17.0.10" },
  ingress: { http: 30080, https: 30443 },
  nodes: { "worker-1": { roles: ["worker"], address: "10.17.0.21" } },
  pools: {
    control: { count: 3, roles: ["control-plane"], firstAddress: "10.17.0.11" },
    lb: { count: 2, roles: ["load-balancer"], firstAddress: "10.17.0.5" },
  },
};

/** etcd by itself, two control planes, and a worker that is the load balancer too. */
export const separateCluster = {
  nodes: { worker: { roles: ["worker", "load-balancer"], address: "10.17.0.21" } },
  pools: {
    control: { count: 2, roles: ["control-plane"], firstAddress: "10.17.0.11" },
    etcd: { count: 3, roles: ["etcd"], firstAddress: "10.17.0.31" },
  },
};

/** The dev lab with CRI-O on one worker, and containerd on the other nodes. */
export const runtimesCluster = {
  nodes: {
    ...devCluster.nodes,
    "worker-1": { roles: ["worker"], address: "10.17.0.21", cpus: 1, runtime: "cri-o" },
    "worker-2": { roles: ["worker"], address: "10.17.0.22", cpus: 1 },
  },
};

/** A lab from what a person would write, on a machine where everything is at hand. */
export function labOf(cluster: unknown = devCluster, name = "dev"): Lab {
  const { config, nodes } = parseCluster(cluster, `Pulumi.${name}.yaml`);
  return {
    name,
    network: config.network,
    api: config.api,
    machines: {
      ...config.machines,
      domainType: "qemu",
      image: { id: "0123456789ab", source: "/images/debian-12.qcow2", cpuLevel: "x86-64-v1" },
    },
    ingress: config.ingress,
    ssh: config.ssh,
    certificates: config.certificates,
    people: config.people,
    mirrorPort: config.mirrorPort,
    nodes,
    artifacts: Object.fromEntries(
      Object.entries(artifacts).map(([artifact, { version, file, url }]) => [
        artifact,
        { version, file, url, sha256: testSha256(artifact) },
      ]),
    ) as Record<ArtifactName, Lab["artifacts"][ArtifactName]>,
    images,
    seedDirectory: "/seeds",
  };
}
