import { ConfigError } from "../../config/messages/problem.ts";
import { describedLab } from "../../config/resolve/describedLab.ts";
import { hypervisorsOf } from "../../config/resolve/hypervisors.ts";
import { clusterProblems } from "../../config/resolve/parseCluster.ts";
import { clusterSchema } from "../../config/schema/clusterSchema.ts";
import type { Lab } from "../../model/lab.ts";
import { type ArtifactName, artifacts, images } from "../../model/versions.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { planCluster } from "../../plan/planCluster.ts";
import { type ClusterRecord, readRecord, recordOf } from "../../plan/record.ts";

/** An artifact's checksum in tests: 64 hex digits that depend on its name. */
function testSha256(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
}

/** One control plane and two workers, as in Pulumi.dev.yaml. */
export const devCluster = {
  nodes: { "control-1": { roles: ["control-plane"], address: "10.17.0.11" } },
  pools: { worker: { count: 2, roles: ["worker"], firstAddress: "10.17.0.21", cpus: 1 } },
};

/**
 * Three control planes behind two load balancers, and a worker; Pulumi.ha.yaml has more workers.
 */
export const haCluster = {
  api: { address: "10.17.0.10" },
  ingress: { http: 30080, https: 30443 },
  nodes: { "worker-1": { roles: ["worker"], address: "10.17.0.21" } },
  pools: {
    control: { count: 3, roles: ["control-plane"], firstAddress: "10.17.0.11" },
    lb: { count: 2, roles: ["load-balancer"], firstAddress: "10.17.0.5" },
  },
};

/** Dedicated etcd, two control planes, and a worker that is also the load balancer. */
export const separateCluster = {
  nodes: { worker: { roles: ["worker", "load-balancer"], address: "10.17.0.21" } },
  pools: {
    control: { count: 2, roles: ["control-plane"], firstAddress: "10.17.0.11" },
    etcd: { count: 3, roles: ["etcd"], firstAddress: "10.17.0.31" },
  },
};

/**
 * Two hypervisors with bridges to one network: a control plane on the first, workers alternating.
 */
export const manyHostsCluster = {
  network: { bridge: "br0", gateway: "10.17.0.254", dns: ["192.0.2.53"] },
  mirrorAddress: "10.17.0.2",
  machines: {
    domainType: "kvm",
    hypervisors: {
      "rack-1": { libvirt: "qemu+ssh://root@rack-1/system" },
      "rack-2": {
        libvirt: "qemu+ssh://root@rack-2/system",
        domainType: "qemu",
        pool: "/srv/hardway",
        bridge: "br1",
      },
    },
  },
  nodes: {
    "control-1": { roles: ["control-plane"], address: "10.17.0.11", hypervisor: "rack-1" },
  },
  pools: {
    worker: {
      count: 3,
      roles: ["worker"],
      firstAddress: "10.17.0.21",
      hypervisors: ["rack-1", "rack-2"],
    },
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

/** The lab of a user's config, on a workstation with all artifacts. */
export function labOf(cluster: unknown = devCluster, name = "dev"): Lab {
  const problems = clusterProblems(cluster);
  if (problems.length > 0) throw new ConfigError(`Pulumi.${name}.yaml`, problems);
  const config = clusterSchema.parse(cluster);
  return {
    ...describedLab(name, config, (path) => path),
    machines: {
      image: {
        name: "debian-12",
        id: "0123456789ab",
        source: "/images/debian-12.qcow2",
        cpuLevel: "x86-64-v1",
      },
      emulatedCpus: config.machines.emulatedCpus,
      hypervisors: hypervisorsOf(config).map(
        ({ uri = "", pool = "", domainType, name, bridge }) => ({
          ...(name === undefined ? {} : { name }),
          uri,
          domainType: domainType === "kvm" ? "kvm" : "qemu",
          pool,
          ...(bridge === undefined ? {} : { bridge }),
        }),
      ),
    },
    outside: { ...config.outside, authorities: [] },
    manifests: [],
    texts: {},
    artifacts: Object.fromEntries(
      Object.entries(artifacts).map(([artifact, { version, file, url }]) => [
        artifact,
        { version, file, url, sha256: testSha256(artifact) },
      ]),
    ) as Record<ArtifactName, Lab["artifacts"][ArtifactName]>,
    images,
  };
}

/** The plan of a lab that is yet to be created. */
export const planOf = (lab: Lab): ClusterPlan => planCluster(lab, undefined).plan;

/** The record that an `up` of this lab leaves for the next one. */
export function recordAfter(lab: Lab): ClusterRecord {
  const deployed = () => ({ user: "root", port: 22, hostKey: "ssh-ed25519 AAAA", ready: true });
  const state = JSON.stringify({ record: recordOf(planOf(lab), deployed) });
  const record = readRecord(JSON.parse(state), lab.name);
  if (record === undefined) throw new Error("the record that was written is not read");
  return record;
}
