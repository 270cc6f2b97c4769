import type { ConfigProblem } from "../config/messages/problem.ts";
import { gatewayOf } from "../model/addresses.ts";
import type { Lab, PodNetworkName, ServerName } from "../model/lab.ts";
import { bridgeName, networkName, poolName } from "../model/names.ts";
import { RegistryMirror } from "../model/registryMirror.ts";
import { etcdNodes, isControlPlane } from "../model/roles.ts";
import { acceptsPods } from "../model/taints.ts";
import { keptAddressProblems } from "./changes/keptAddresses.ts";
import { keptDiskProblems } from "./changes/keptDisks.ts";
import {
  keptEmulatedNotes,
  lostKvmProblems,
  withKeptDomainTypes,
} from "./changes/keptDomainTypes.ts";
import { keptImagesNote, lostMemberProblems, withKeptImages } from "./changes/keptMachines.ts";
import { keptNetworkProblems } from "./changes/keptNetwork.ts";
import { belowQuorumProblems, idleAllowances } from "./changes/keptQuorum.ts";
import { rolloutOrder } from "./changes/rollout.ts";
import type { ClusterPlan, PodNetworkPlan, VxlanPlan } from "./clusterPlan.ts";
import { etcdDiskDevice } from "./etcdDisk.ts";
import { hasEmulated } from "./guests.ts";
import { planHypervisors } from "./hypervisors.ts";
import { lackedByImage } from "./imageCommands.ts";
import { planLoadBalancer } from "./loadBalancer.ts";
import { planNodes } from "./nodes.ts";
import { curlEnvironment, type OutsidePlan, planOutside } from "./outside.ts";
import { patientBalancers, patientEtcd, patientLeaders, quickBalancers } from "./patience.ts";
import { planPeople } from "./people.ts";
import type { ClusterRecord } from "./record.ts";

/** The program's login user on machines that it creates. */
export const guestUser = "root";

/**
 * The directory of a machine's seed until libvirt has read it. The seed contains a private key, so
 * the directory is in memory. It is the same for every user: the path is in the state, and another
 * path would be another seed at another user's `up`.
 */
export const seedDirectory = "/dev/shm";

const apiPort = 6443;
const clusterDomain = "cluster.local";

/** Linux's default port; IANA's is 4789. VXLAN's headers take 50 of Ethernet's 1500 bytes. */
const vxlan: VxlanPlan = { vni: 1, port: 8472, interface: "flannel.1", podMtu: 1500 - 50 };

export interface PlannedCluster {
  readonly plan: ClusterPlan;
  /**
   * Config changes that the existing cluster does not support. If there are any, nothing may run.
   */
  readonly problems: readonly ConfigProblem[];
  /** A reason why an `up` would fail, although a preview can still show what it would create. */
  readonly obstacle?: ConfigProblem | undefined;
  /** Settings without effect: the existing cluster keeps others, or does not need them now. */
  readonly notes: readonly ConfigProblem[];
}

/**
 * Everything that can be decided before the engine runs: names, addresses, subject alternative
 * names, paths, artefacts; and the settings that the existing cluster keeps or refuses. Pure; no
 * @pulumi import here or below.
 *
 * @param described the lab as its config describes it
 * @param record the last `up`'s record; undefined for a new lab
 */
export function planCluster(described: Lab, record: ClusterRecord | undefined): PlannedCluster {
  if (record === undefined) {
    const [plan, obstacle] = [planLab(described, record), lackedByImage(described)];
    return { plan, problems: [], obstacle, notes: [...idleAllowances(described, record)] };
  }
  const lab = withKeptImages(withKeptDomainTypes(described, record), record);
  return {
    plan: planLab(lab, record),
    problems: [
      ...lostKvmProblems(described, record),
      ...keptNetworkProblems(lab, record),
      ...keptAddressProblems(lab, record),
      ...belowQuorumProblems(lab, record),
      ...keptDiskProblems(lab, record),
      ...lostMemberProblems(lab, record),
    ],
    obstacle: lackedByImage(lab),
    notes: [
      keptImagesNote(lab) ?? [],
      keptEmulatedNotes(described, record),
      ...idleAllowances(lab, record),
    ].flat(),
  };
}

/** The plan of a valid lab. */
function planLab(lab: Lab, record: ClusterRecord | undefined): ClusterPlan {
  const gateway = String(gatewayOf(lab.network));
  const mirror = new RegistryMirror("http", `${lab.mirrorAddress}:${lab.mirrorPort}`);
  const outside = planOutside(lab, [
    "127.0.0.1",
    "localhost",
    // The mirror's address is listed too, since curl before 7.86 does not support networks in this
    // list.
    String(lab.mirrorAddress),
    String(lab.network.nodes),
    String(lab.network.pods),
    String(lab.network.services),
    ".svc",
    `.${clusterDomain}`,
    ...lab.api.names.map(({ text }) => text),
  ]);
  const isEmulated = hasEmulated(lab);
  const controlPlanes = lab.nodes.filter(isControlPlane);
  const loadBalancer = planLoadBalancer(
    lab,
    apiPort,
    isEmulated ? patientBalancers : quickBalancers,
  );
  const apiAddress = String(loadBalancer?.address ?? controlPlanes[0]?.address ?? gateway);
  return {
    name: lab.name,
    network: {
      nodes: lab.network.nodes,
      gateway,
      nameServers: lab.network.dns?.map(String) ?? [gateway],
      pods: lab.network.pods,
      services: lab.network.services,
      apiService: String(lab.network.services.addressAt(1)),
      dnsService: String(lab.network.services.addressAt(10)),
      podNetwork: planPodNetwork(lab.network.plugin),
      proxy: lab.network.proxy,
      clusterDomain,
    },
    api: planApi(lab, apiAddress),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    etcd: {
      token: `hardway-${lab.name}`,
      members: etcdNodes(lab.nodes).map(({ name, address, flags, machine }) => ({
        name,
        address: String(address),
        peerUrl: `https://${address}:2380`,
        clientUrl: `https://${address}:2379`,
        ...(machine.kind === "guest" && machine.etcdDiskGiB !== undefined
          ? { disk: etcdDiskDevice }
          : {}),
        flags: flags.etcd ?? {},
      })),
      ...(isEmulated ? { times: patientEtcd } : {}),
    },
    ...(isEmulated ? { leaderElection: patientLeaders } : {}),
    // At its first start each API server writes the cluster's roles into etcd, and exits if that
    // takes 30 s, as it does if several emulated ones try at once:
    // k8s.io/kubernetes/pkg/registry/rbac/rest/storage_rbac.go.
    apiServersInTurn: isEmulated,
    mirror,
    artifacts: planArtifacts(lab, mirror, outside),
    images: lab.images,
    certificates: lab.certificates,
    runsOrdinaryPods: lab.nodes.some((node) => acceptsPods(node)),
    people: planPeople(lab),
    outside,
    manifests: lab.manifests,
    authorizedKeys: lab.ssh.authorizedKeys,
    libvirt: {
      network: networkName(lab.name),
      bridge: bridgeName(lab.name),
      pool: poolName(lab.name),
      seedDirectory,
      hypervisors: planHypervisors(lab),
    },
    nodes: planNodes(lab),
    rollout: rolloutOrder(lab, record),
  };
}

function planPodNetwork(kind: PodNetworkName): PodNetworkPlan {
  switch (kind) {
    case "routes":
    case "none":
      return { kind };
    case "flannel":
      return { kind, vxlan };
  }
}

function planApi(lab: Lab, address: string): ClusterPlan["api"] {
  const extra = (kind: ServerName["kind"]) =>
    lab.api.names.filter((name) => name.kind === kind).map(({ text }) => text);
  return {
    url: `https://${address}:${apiPort}`,
    address,
    port: apiPort,
    names: [
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      `kubernetes.default.svc.${clusterDomain}`,
      "localhost",
      ...extra("dns"),
    ],
    addresses: [String(lab.network.services.addressAt(1)), "127.0.0.1", address, ...extra("ip")],
  };
}

function planArtifacts(
  lab: Lab,
  mirror: RegistryMirror,
  { proxy }: OutsidePlan,
): ClusterPlan["artifacts"] {
  const environment = proxy === undefined ? {} : { environment: curlEnvironment(proxy) };
  const planned = Object.entries(lab.artifacts).map(([name, { version, file, url, sha256 }]) => {
    const urls = [`${mirror}/artifacts/${sha256}/${file}`, url];
    return [name, { name, version, file, sha256, urls, ...environment }];
  });
  return Object.fromEntries(planned) as ClusterPlan["artifacts"];
}

/**
 * The API server on the same node, which a control plane's own components use whatever else is
 * down.
 */
export function ownApiUrl({ address }: { readonly address: string }): string {
  return `https://${address}:${apiPort}`;
}
