import type { Ipv4Network } from "../model/addresses.ts";
import type {
  BaseImage,
  ExistingHost,
  ExtraFlags,
  Lab,
  LabNode,
  ManifestFile,
  ProxyMode,
  RuntimeName,
} from "../model/lab.ts";
import type { Role } from "../model/roles.ts";
import type { ArtifactName, ImageName } from "../model/versions.ts";
import type { OutsidePlan } from "./outside.ts";
import type { PersonPlan } from "./people.ts";
import type { SystemPlan } from "./system.ts";

/** What is decided about a lab before the engine runs. Plain data; `plan.ts` makes it. */

/** A file to fetch: from the lab's mirror, else from its publisher; never used unless the hash matches. */
export interface PlannedArtifact {
  readonly name: ArtifactName;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** In the order to try. */
  readonly urls: readonly string[];
  /** What the command that fetches it is told besides, where it takes a proxy. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A libvirt that makes machines of this lab. */
export interface HypervisorPlan {
  /** As the config calls it; unset for the only one of a lab that names none. */
  readonly name?: string;
  readonly uri: string;
  readonly poolPath: string;
  /** What its machines are made from, each once. */
  readonly images: readonly BaseImage[];
  /** The bridge that is there for its machines; unset where the lab's own network is made for them. */
  readonly bridge?: string | undefined;
}

/** A machine's root disk. With anything of this another, or on another hypervisor, it is made anew, and what it held is gone. */
export interface RootDiskPlan {
  readonly poolPath: string;
  readonly image: BaseImage;
  readonly bytes: number;
}

/** A machine made here. */
export interface GuestPlan {
  /** The libvirt domain's name; unique on its host because the lab's name is in it. */
  readonly domain: string;
  /** The name of the hypervisor that makes it; unset where that has none. */
  readonly hypervisor?: string | undefined;
  /** Run by the processor, or emulated. With another one it is started anew, with the disks that it had. */
  readonly domainType: "kvm" | "qemu";
  readonly mac: string;
  readonly cpus: number;
  /** libvirt's word for its processor; libvirt's own default where there is none. */
  readonly cpuMode?: "host-passthrough" | "maximum";
  readonly memoryMiB: number;
  readonly rootDisk: RootDiskPlan;
  /** Of a disk for etcd's data alone; set on a member of etcd that has one. */
  readonly etcdDiskGiB?: number;
}

/** A way from this node to the pods of another one. */
export interface PodRoute {
  readonly node: string;
  readonly network: Ipv4Network;
  readonly via: string;
}

/** What runs a node's containers. */
export interface RuntimePlan {
  readonly name: RuntimeName;
  /** systemd's name for it. */
  readonly unit: string;
  /** Where the kubelet finds it. */
  readonly socket: string;
}

export interface NodePlan {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly address: string;
  /** The /24 that this node's pods have their addresses from. */
  readonly podNetwork: Ipv4Network;
  /** To every other node's pods, in the order of the nodes. Empty where something else makes them. */
  readonly podRoutes: readonly PodRoute[];
  readonly runtime: RuntimePlan;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly kubeProxy: Readonly<Record<string, unknown>>;
  /** A person's own, behind those of each program. */
  readonly flags: LabNode["flags"];
  /** `key=value:effect`, as kubectl takes them. */
  readonly taints: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Where a person wants something of the machine itself. */
  readonly system?: SystemPlan;
  /** A machine made here, or one that exists. */
  readonly machine: { readonly guest: GuestPlan } | { readonly host: ExistingHost };
}

/** What leads to every API server, where there are several of them or where the API has an address of its own. */
export interface LoadBalancerPlan {
  /** Where it listens: the node's own address, or one that moves to another balancer when this one fails. */
  readonly address: string;
  /** Several balancers share the address by VRRP; with one, it may have one that is not its own as well. */
  readonly shared: boolean;
  /** In the order in which the address prefers them. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** VRRP's number of this lab's balancers, 1 to 255; the same network may have others. */
  readonly routerId: number;
  readonly times: LoadBalancerTimes;
  readonly frontends: readonly FrontendPlan[];
}

/** How soon the balancers notice what does not answer, and how long they wait for what is slow. */
export interface LoadBalancerTimes {
  /** For an API server to take a connection; then the next one is asked. */
  readonly connectSeconds: number;
  /** From one question to an API server whether it is ready to the next. */
  readonly checkIntervalSeconds: number;
  /** For its answer. */
  readonly checkSeconds: number;
  /** From one sign of life of a balancer to the others to the next. */
  readonly takeoverIntervalSeconds: number;
  /** From one look of a balancer at its own haproxy to the next. */
  readonly haproxyIntervalSeconds: number;
  /** For that haproxy's answer. */
  readonly takeoverCheckSeconds: number;
}

/** A port of the load balancer, and who answers behind it. */
export interface FrontendPlan {
  readonly name: "kube-apiserver" | "ingress-http" | "ingress-https";
  readonly port: number;
  readonly servers: readonly { readonly name: string; readonly address: string }[];
  readonly serverPort: number;
}

/** How the members of etcd keep their leader. A leader of whom they hear nothing for an election's time is replaced. */
export interface EtcdTimesPlan {
  readonly heartbeatMilliseconds: number;
  readonly electionMilliseconds: number;
  /** A request that takes longer is worth lines in the log. */
  readonly slowRequestMilliseconds: number;
  readonly logLevel: "warn";
  /** How long an API server that is asked whether it is well waits for etcd's answer. */
  readonly checkSeconds: number;
}

/** A leader that has not renewed its lease within `renewDeadlineSeconds` ends; another takes it over when it has run out. */
export interface LeaderElectionPlan {
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

/** How flannel brings a pod's packet to another node: whole, inside a UDP packet between the two nodes. */
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
  /** The disk that is for its data alone, as its machine calls it; without one the data is where everything is. */
  readonly disk?: string;
  /** A person's own, behind those of the program. */
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
    /** Where everybody reaches the API: `https://address:6443`. */
    readonly url: string;
    readonly address: string;
    readonly port: number;
    /** What every API server's certificate is valid for, besides its own node's name and address. */
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
  /** How the leader of the controller managers, and that of the schedulers, stays it; unset for the components' own defaults. */
  readonly leaderElection?: LeaderElectionPlan;
  /** API servers start one after the other; else all at once. */
  readonly apiServersInTurn: boolean;
  readonly mirrorUrl: string;
  readonly artifacts: Readonly<Record<ArtifactName, PlannedArtifact>>;
  readonly images: Readonly<Record<ImageName, string>>;
  readonly certificates: Lab["certificates"];
  readonly authorizedKeys: readonly string[];
  readonly libvirt: {
    /** Of the lab's own network, made where a hypervisor has no bridge for its machines. */
    readonly network: string;
    /** That network's. At most 15 characters: the kernel takes no more for an interface. */
    readonly bridge: string;
    readonly pool: string;
    readonly seedDirectory: string;
    /** Those that make a machine. */
    readonly hypervisors: readonly HypervisorPlan[];
  };
  readonly people: readonly PersonPlan[];
  readonly outside: OutsidePlan;
  /** A person's own, in the order to apply them. */
  readonly manifests: readonly ManifestFile[];
  readonly nodes: readonly NodePlan[];
}
