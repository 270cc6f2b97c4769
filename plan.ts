import { createHash } from "node:crypto";
import { addressIn, gatewayOf, parseNetwork, podNetworkOf } from "./config/addresses.ts";
import type { Hypervisor, Lab, LabNode } from "./config/lab.ts";
import type { Role, RuntimeName } from "./config/schema.ts";
import type {
  ClusterPlan,
  FrontendPlan,
  GuestPlan,
  HypervisorPlan,
  LeaderElectionPlan,
  LoadBalancerPlan,
  NodePlan,
  PodRoute,
  RuntimePlan,
  VxlanPlan,
} from "./plan/clusterPlan.ts";
import { curlEnvironment, type OutsidePlan, planOutside } from "./plan/outside.ts";
import { planPeople } from "./plan/people.ts";

/**
 * From a valid Lab, everything that can be known before the engine runs: names, addresses, subject
 * alternative names, paths, artefacts. Pure and total; no @pulumi import here or below.
 */

export type * from "./plan/clusterPlan.ts";

/** The user that the program logs in with on machines it made. */
export const guestUser = "root";

const apiPort = 6443;
const clusterDomain = "cluster.local";

/** Linux's own default port, where IANA's is 4789. VXLAN's headers take 50 of Ethernet's 1500 bytes. */
const vxlan: VxlanPlan = { vni: 1, port: 8472, interface: "flannel.1", podMtu: 1500 - 50 };

/**
 * The components' defaults are 15, 10 and 2 seconds. On emulated processors that others use too, an answer of the API server
 * takes longer than that, and a leader that ends for it makes matters worse when it starts again.
 */
const patientLeaders: LeaderElectionPlan = {
  leaseDurationSeconds: 60,
  renewDeadlineSeconds: 40,
  retryPeriodSeconds: 5,
};

const runtimes: Readonly<Record<RuntimeName, RuntimePlan>> = {
  containerd: {
    name: "containerd",
    unit: "containerd.service",
    socket: "/run/containerd/containerd.sock",
  },
  // By this very path the kubelet knows CRI-O, which leaves the counting of what containers use to it.
  "cri-o": { name: "cri-o", unit: "crio.service", socket: "/run/crio/crio.sock" },
};

export function planCluster(lab: Lab): ClusterPlan {
  const gateway = gatewayOf(lab.network);
  const mirrorUrl = `http://${lab.mirrorAddress}:${lab.mirrorPort}`;
  const outside = planOutside(lab, [
    "127.0.0.1",
    "localhost",
    // By itself too: a curl before 7.86 knows no networks in such a list.
    lab.mirrorAddress,
    lab.network.nodes,
    lab.network.pods,
    lab.network.services,
    ".svc",
    `.${clusterDomain}`,
    ...lab.api.names,
  ]);
  const controlPlanes = lab.nodes.filter(isControlPlane);
  const loadBalancer = planLoadBalancer(lab);
  const apiAddress = loadBalancer?.address ?? controlPlanes[0]?.address ?? gateway;
  const hypervisors = planHypervisors(lab);
  const isEmulated = hypervisors.some(({ domainType }) => domainType === "qemu");
  return {
    name: lab.name,
    network: {
      nodes: lab.network.nodes,
      prefix: parseNetwork(lab.network.nodes).prefix,
      gateway,
      nameServers: lab.network.dns ?? [gateway],
      pods: lab.network.pods,
      services: lab.network.services,
      apiService: addressIn(lab.network.services, 1),
      dnsService: addressIn(lab.network.services, 10),
      plugin: lab.network.plugin,
      ...(lab.network.plugin === "flannel" ? { vxlan } : {}),
      proxy: lab.network.proxy,
      clusterDomain,
    },
    api: planApi(lab, apiAddress),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    etcd: {
      token: `hardway-${lab.name}`,
      members: etcdNodes(lab.nodes).map(({ name, address, flags }) => ({
        name,
        address,
        peerUrl: `https://${address}:2380`,
        clientUrl: `https://${address}:2379`,
        flags: flags.etcd ?? {},
      })),
    },
    ...(isEmulated ? { leaderElection: patientLeaders } : {}),
    mirrorUrl,
    artifacts: planArtifacts(lab, mirrorUrl, outside),
    images: lab.images,
    certificates: lab.certificates,
    people: planPeople(lab),
    outside,
    manifests: lab.manifests,
    authorizedKeys: lab.ssh.authorizedKeys,
    libvirt: {
      network: `hardway-${lab.name}`,
      bridge: `hw-${digest(lab.name).slice(0, 8)}`,
      pool: `hardway-${lab.name}`,
      image: lab.machines.image,
      seedDirectory: lab.seedDirectory,
      hypervisors,
    },
    nodes: planNodes(lab),
  };
}

/** One that makes no machine is left alone: it need not even answer. */
function planHypervisors({ name: lab, machines, nodes }: Lab): HypervisorPlan[] {
  const used = new Set(
    nodes.flatMap(({ host, hypervisor }) => (host === undefined ? [hypervisor] : [])),
  );
  return machines.hypervisors
    .filter(({ name }) => used.has(name))
    .map(({ pool, ...hypervisor }) => ({
      ...hypervisor,
      ...cpuModeOf({ pool, ...hypervisor }, machines),
      poolPath: `${pool}/${lab}`,
    }));
}

/**
 * With KVM, a guest has the host's own processor. An emulated one keeps libvirt's default (x86-64-v1) as long as the image
 * runs on it: the emulator's best, which an image for x86-64-v2 or v3 needs, makes a boot a third longer.
 */
function cpuModeOf(
  { domainType }: Hypervisor,
  { image }: Lab["machines"],
): Pick<HypervisorPlan, "cpuMode"> {
  if (domainType === "kvm") return { cpuMode: "host-passthrough" };
  return image.cpuLevel === "x86-64-v1" ? {} : { cpuMode: "maximum" };
}

function planApi(lab: Lab, address: string): ClusterPlan["api"] {
  const extra = lab.api.names;
  const isAddress = (name: string) => /^[0-9.]+$/.test(name) || name.includes(":");
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
      ...extra.filter((name) => !isAddress(name)),
    ],
    addresses: [
      addressIn(lab.network.services, 1),
      "127.0.0.1",
      address,
      ...extra.filter(isAddress),
    ],
  };
}

function planLoadBalancer(lab: Lab): LoadBalancerPlan | undefined {
  const withRole = (role: Role) =>
    lab.nodes
      .filter(({ roles }) => roles.includes(role))
      .map(({ name, address }) => ({ name, address }));
  const nodes = withRole("load-balancer");
  const [first] = nodes;
  if (first === undefined) return undefined;
  const ingress = (
    name: FrontendPlan["name"],
    port: number,
    serverPort: number | undefined,
  ): FrontendPlan[] =>
    serverPort === undefined ? [] : [{ name, port, servers: withRole("worker"), serverPort }];
  return {
    address: lab.api.address ?? first.address,
    shared: lab.api.address !== undefined,
    nodes,
    routerId: (Number.parseInt(digest(`vrrp/${lab.name}`).slice(0, 8), 16) % 255) + 1,
    frontends: [
      {
        name: "kube-apiserver",
        port: apiPort,
        servers: withRole("control-plane"),
        serverPort: apiPort,
      },
      ...ingress("ingress-http", 80, lab.ingress.http),
      ...ingress("ingress-https", 443, lab.ingress.https),
    ],
  };
}

function planArtifacts(
  lab: Lab,
  mirrorUrl: string,
  { proxy }: OutsidePlan,
): ClusterPlan["artifacts"] {
  const environment = proxy === undefined ? {} : { environment: curlEnvironment(proxy) };
  const planned = Object.entries(lab.artifacts).map(([name, { version, file, url, sha256 }]) => {
    const urls = [`${mirrorUrl}/artifacts/${sha256}/${file}`, url];
    return [name, { name, version, file, sha256, urls, ...environment }];
  });
  return Object.fromEntries(planned) as ClusterPlan["artifacts"];
}

function planNodes(lab: Lab): NodePlan[] {
  const routes = lab.nodes.filter(isKubernetesNode).map(({ name, address }) => ({
    node: name,
    network: podNetworkOf(address, lab.network.nodes, lab.network.pods),
    via: address,
  }));
  return lab.nodes.map((node) =>
    planNode(
      lab,
      node,
      routes.filter((route) => route.node !== node.name),
    ),
  );
}

function planNode(lab: Lab, node: LabNode, podRoutes: readonly PodRoute[]): NodePlan {
  const isWorker = node.roles.includes("worker");
  return {
    name: node.name,
    roles: node.roles,
    address: node.address,
    podNetwork: podNetworkOf(node.address, lab.network.nodes, lab.network.pods),
    podRoutes: lab.network.plugin === "routes" ? podRoutes : [],
    runtime: runtimes[node.runtime],
    kubelet: node.kubelet,
    kubeProxy: node.kubeProxy,
    flags: node.flags,
    // A node that is both takes pods like any worker.
    taints: [
      ...(isControlPlane(node) && !isWorker
        ? ["node-role.kubernetes.io/control-plane:NoSchedule"]
        : []),
      ...node.taints,
    ],
    labels: {
      ...node.labels,
      "hardway.io/lab": lab.name,
      ...(isControlPlane(node) && !isWorker ? { "node-role.kubernetes.io/control-plane": "" } : {}),
      ...(isWorker ? { "node-role.kubernetes.io/worker": "" } : {}),
    },
    machine: node.host === undefined ? { guest: planGuest(lab, node) } : { host: node.host },
  };
}

function planGuest(lab: Lab, node: LabNode): GuestPlan {
  return {
    domain: `${lab.name}-${node.name}`,
    ...(node.hypervisor === undefined ? {} : { hypervisor: node.hypervisor }),
    mac: macOf(lab.name, node.name),
    cpus: node.cpus,
    memoryMiB: node.memoryMiB,
    diskBytes: node.diskGiB * 1024 ** 3,
  };
}

export function isControlPlane(node: { readonly roles: readonly Role[] }): boolean {
  return node.roles.includes("control-plane");
}

/** Whether it is a node to Kubernetes: it runs a kubelet, and pods. Members of etcd and load balancers alone are none. */
export function isKubernetesNode(node: { readonly roles: readonly Role[] }): boolean {
  return isControlPlane(node) || node.roles.includes("worker");
}

/** The members of etcd: the nodes with that role, or else the control planes. */
function etcdNodes<N extends { readonly roles: readonly Role[] }>(nodes: readonly N[]): N[] {
  const own = nodes.filter(({ roles }) => roles.includes("etcd"));
  return own.length > 0 ? own : nodes.filter(isControlPlane);
}

/** How a control plane's own components reach the API server beside them, whatever else is down. */
export function ownApiUrl({ address }: { readonly address: string }): string {
  return `https://${address}:${apiPort}`;
}

/**
 * The name of a resource that one hypervisor's machines have in common. No node has an @ in its name, so nothing of a node is
 * called the same.
 */
export function sharedResource(what: string, hypervisor: string | undefined): string {
  return hypervisor === undefined ? what : `${what}@${hypervisor}`;
}

/**
 * The first byte says unicast and locally administered: no manufacturer's card has such an address. The other 40 bits follow
 * from the names alone. Behind QEMU's 52:54:00 there would be 24, and in one of 34 labs of 1,000 nodes two would be alike;
 * so it is in one of two million.
 */
export function macOf(lab: string, node: string): string {
  const tail = digest(`${lab}/${node}`).slice(0, 10).match(/../g) ?? [];
  return ["02", ...tail].join(":");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The nodes whose machines are made here. */
export function guestNodes(plan: ClusterPlan): (NodePlan & { machine: { guest: GuestPlan } })[] {
  return plan.nodes.filter(
    (node): node is NodePlan & { machine: { guest: GuestPlan } } => "guest" in node.machine,
  );
}
