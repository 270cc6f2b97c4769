import type { Ipv4Network } from "../model/addresses.ts";
import type {
  BaseImage,
  ExistingMachine,
  ExtraFlags,
  Lab,
  LabNode,
  ManifestFile,
  ProxyMode,
  RuntimeName,
} from "../model/lab.ts";
import type { OnGuest } from "../model/machines.ts";
import type { RegistryMirror } from "../model/registryMirror.ts";
import type { Role } from "../model/roles.ts";
import type { ArtifactName, ImageName } from "../model/versions.ts";
import type { OutsidePlan } from "./outside.ts";
import type { PersonPlan } from "./people.ts";
import type { SystemPlan } from "./system.ts";

/**
 * Everything that is decided about a lab before the engine runs. Plain data, from `planCluster.ts`.
 */

/**
 * A file to download: from the lab's mirror, else from its publisher. It is never used unless the
 * checksum matches.
 */
export interface PlannedArtifact {
  readonly name: ArtifactName;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** In the order to try. */
  readonly urls: readonly string[];
  /** Additional environment of the command that downloads the file, if it uses a proxy. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A libvirt that runs guests of this lab. */
export interface HypervisorPlan {
  /** Its name in the config; unset for the only hypervisor of a lab that names none. */
  readonly name?: string;
  readonly uri: string;
  readonly poolPath: string;
  /** The images of its guests, without duplicates. */
  readonly images: readonly BaseImage[];
  /** The existing bridge for its guests; unset if the lab creates its own network for them. */
  readonly bridge?: string | undefined;
}

/** A guest's root disk. Changing any field, or the hypervisor, recreates the disk and erases it. */
export interface RootDiskPlan {
  readonly poolPath: string;
  readonly image: BaseImage;
  readonly bytes: number;
}

/** A machine made here. */
export interface GuestPlan {
  readonly kind: "guest";
  /** The libvirt domain's name; unique on its hypervisor because it contains the lab's name. */
  readonly domain: string;
  /** The name of its hypervisor; unset if the hypervisor has none. */
  readonly hypervisor?: string | undefined;
  /** Run by the processor, or emulated. A change recreates the guest with its existing disks. */
  readonly domainType: "kvm" | "qemu";
  readonly mac: string;
  readonly cpus: number;
  /** libvirt's CPU mode; unset for libvirt's default. */
  readonly cpuMode?: "host-passthrough" | "maximum";
  readonly memoryMiB: number;
  readonly rootDisk: RootDiskPlan;
  /** The size of a disk for etcd's data alone; set on an etcd member that has one. */
  readonly etcdDiskGiB?: number;
}

/** A route from this node to the pods of another one. */
export interface PodRoute {
  readonly node: string;
  readonly network: Ipv4Network;
  readonly via: string;
}

/** A node's container runtime. */
export interface RuntimePlan {
  readonly name: RuntimeName;
  /** Its systemd unit. */
  readonly unit: string;
  /** The socket that the kubelet connects to. */
  readonly socket: string;
}

export interface NodePlan {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly address: string;
  /** The /24 of this node's pods. */
  readonly podNetwork: Ipv4Network;
  /**
   * Routes to every other node's pods, in the order of the nodes. Empty if the pod network needs
   * none.
   */
  readonly podRoutes: readonly PodRoute[];
  readonly runtime: RuntimePlan;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly kubeProxy: Readonly<Record<string, unknown>>;
  /** User-defined flags, after those of each program. */
  readonly flags: LabNode["flags"];
  /** `key=value:effect`, as kubectl takes them. */
  readonly taints: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** User-defined settings of the machine itself. */
  readonly system?: SystemPlan;
  readonly machine: GuestPlan | ExistingMachine;
}

/** A node whose machine is made here. */
export type GuestNode = OnGuest<NodePlan>;

/** The load balancer for the API servers, if there are several of them or the API has a VIP. */
export interface LoadBalancerPlan {
  /**
   * The address that it listens at: the node's own, or a VIP that moves to another balancer when
   * this one fails.
   */
  readonly address: string;
  /**
   * Whether the address is a VIP (VRRP): several balancers share one; a single balancer may have
   * one too.
   */
  readonly shared: boolean;
  /** In the VIP's order of preference. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** The VRRP router ID of this lab's balancers, 1 to 255; the same network may have others. */
  readonly routerId: number;
  readonly times: LoadBalancerTimes;
  readonly frontends: readonly FrontendPlan[];
}

/** The balancers' check intervals and timeouts. */
export interface LoadBalancerTimes {
  /** Timeout of a connection to an API server; then the balancer tries the next one. */
  readonly connectSeconds: number;
  /** Interval of an API server's health checks. */
  readonly checkIntervalSeconds: number;
  /** Timeout of such a check. */
  readonly checkSeconds: number;
  /** Interval of a balancer's VRRP advertisements. */
  readonly takeoverIntervalSeconds: number;
  /** Interval of a balancer's checks of its own HAProxy. */
  readonly haproxyIntervalSeconds: number;
  /** Timeout of such a check. */
  readonly takeoverCheckSeconds: number;
}

/** A port of the load balancer, and the servers behind it. */
export interface FrontendPlan {
  readonly name: "kube-apiserver" | "ingress-http" | "ingress-https";
  readonly port: number;
  readonly servers: readonly { readonly name: string; readonly address: string }[];
  readonly serverPort: number;
}

/**
 * etcd's leader election. Members replace a leader that sends no heartbeat for the election
 * timeout.
 */
export interface EtcdTimesPlan {
  readonly heartbeatMilliseconds: number;
  readonly electionMilliseconds: number;
  /** Slower requests are logged. */
  readonly slowRequestMilliseconds: number;
  readonly logLevel: "warn";
  /** How long an API server's health check waits for etcd. */
  readonly checkSeconds: number;
}

/**
 * A leader that has not renewed its lease within `renewDeadlineSeconds` exits; another takes the
 * lease when it has expired.
 */
export interface LeaderElectionPlan {
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

/** flannel's overlay: it sends a whole pod packet inside a UDP packet between two nodes. */
export interface VxlanPlan {
  /** The VXLAN network identifier. */
  readonly vni: number;
  /** UDP. */
  readonly port: number;
  /** flannel names it after the identifier. */
  readonly interface: string;
  /** The largest packet of a pod, in bytes. */
  readonly podMtu: number;
}

/** How pods reach pods on other nodes. */
export type PodNetworkPlan =
  | { readonly kind: "routes" }
  | { readonly kind: "flannel"; readonly vxlan: VxlanPlan }
  | { readonly kind: "none" };

export interface EtcdMemberPlan {
  readonly name: string;
  readonly address: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  /** The device of the disk for its data alone; unset if the data is on the root disk. */
  readonly disk?: string;
  /** User-defined flags, after those of the program. */
  readonly flags: ExtraFlags;
}

export interface ClusterPlan {
  readonly name: string;
  readonly network: {
    readonly nodes: Ipv4Network;
    readonly gateway: string;
    readonly nameServers: readonly string[];
    readonly pods: Ipv4Network;
    readonly services: Ipv4Network;
    readonly apiService: string;
    readonly dnsService: string;
    readonly podNetwork: PodNetworkPlan;
    readonly proxy: ProxyMode;
    readonly clusterDomain: string;
  };
  readonly api: {
    /** The API's URL: `https://address:6443`. */
    readonly url: string;
    readonly address: string;
    readonly port: number;
    /**
     * Subject alternative names of every API server's certificate, besides its own node's name and
     * address.
     */
    readonly names: readonly string[];
    readonly addresses: readonly string[];
  };
  readonly loadBalancer?: LoadBalancerPlan;
  readonly etcd: {
    readonly token: string;
    readonly members: readonly EtcdMemberPlan[];
    /** Unset for etcd's own defaults. */
    readonly times?: EtcdTimesPlan;
  };
  /** Leader election of the controller managers and of the schedulers; unset for their defaults. */
  readonly leaderElection?: LeaderElectionPlan;
  /** API servers start one after the other; else all at once. */
  readonly apiServersInTurn: boolean;
  /** The lab's own mirror of files and images. */
  readonly mirror: RegistryMirror;
  readonly artifacts: Readonly<Record<ArtifactName, PlannedArtifact>>;
  readonly images: Readonly<Record<ImageName, string>>;
  readonly certificates: Lab["certificates"];
  readonly authorizedKeys: readonly string[];
  readonly libvirt: {
    /** The lab's own network, created if a hypervisor has no bridge for its guests. */
    readonly network: string;
    /**
     * The bridge of that network. At most 15 characters, the kernel's limit for an interface name.
     */
    readonly bridge: string;
    readonly pool: string;
    readonly seedDirectory: string;
    /** The hypervisors that run a guest. */
    readonly hypervisors: readonly HypervisorPlan[];
  };
  /** Whether some node accepts pods that tolerate no taint; false without workers, for example. */
  readonly runsOrdinaryPods: boolean;
  readonly people: readonly PersonPlan[];
  readonly outside: OutsidePlan;
  /** User-defined manifests, in the order to apply them. */
  readonly manifests: readonly ManifestFile[];
  readonly nodes: readonly NodePlan[];
  /**
   * The names of the nodes that the last `up` left, in the order in which a change reaches them,
   * one after the other. Empty for a new lab.
   */
  readonly rollout: readonly string[];
}
