import type { Ipv4Address, Ipv4Network } from "./addresses.ts";
import type { RegistryMirror } from "./registryMirror.ts";
import type { Role } from "./roles.ts";
import type { Taint } from "./taints.ts";
import type { ArtifactName, CpuLevel, ImageName } from "./versions.ts";

export const runtimeNames = ["containerd", "cri-o"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

export const podNetworkNames = ["routes", "flannel", "none"] as const;
export type PodNetworkName = (typeof podNetworkNames)[number];

/** The groups of artefacts that only nodes with this pod network download. */
export const podNetworkArtifacts: Readonly<Record<PodNetworkName, readonly string[]>> = {
  routes: [],
  flannel: ["flannel"],
  none: [],
};

export const proxyModes = ["nftables", "iptables", "ipvs", "none"] as const;
export type ProxyMode = (typeof proxyModes)[number];

export const domainTypes = ["kvm", "qemu"] as const;
export type DomainType = (typeof domainTypes)[number];

/**
 * The programs whose flags the config may extend; the kubelet and kube-proxy read a file instead.
 */
export const flaggedPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "etcd",
] as const;
export type FlaggedProgram = (typeof flaggedPrograms)[number];

/** Flags by name, without the dashes. */
export type ExtraFlags = Readonly<Record<string, string | number | boolean>>;

/** A Linux user on a machine that the program creates. */
export interface UserSettings {
  readonly authorizedKeys: readonly string[];
  /** May run everything as root. */
  readonly sudo: boolean;
  readonly groups: readonly string[];
  readonly shell: string;
}

/** A user-defined file on a node: `content`, or the text of the file `from`. */
export interface FileSettings {
  readonly content?: string | undefined;
  readonly from?: string | undefined;
  /** The permission bits, like 0o644. */
  readonly mode: number;
  /** `user:group`. */
  readonly owner: string;
}

/** A user with access to the cluster's API. */
export interface PersonSettings {
  /** A ClusterRole that every cluster has. */
  readonly role: string;
  readonly namespace?: string | undefined;
  readonly group?: string | undefined;
  readonly validityHours: number;
}

/**
 * A file that nodes download, with its checksum: the pinned one, or the one in the mirror's lock
 * file.
 */
export interface LabArtifact {
  readonly version: string;
  readonly file: string;
  readonly url: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** The image that a guest boots. */
export interface BaseImage {
  /** Its name in the config: a distribution, or the URL of a custom image. */
  readonly name: string;
  /**
   * Identifies the content: two labs with the same id share the image; a new id is a new volume.
   */
  readonly id: string;
  /** Path or URL that libvirt's volume is filled from. */
  readonly source: string;
  /** The lowest CPU level that its programs run on. */
  readonly cpuLevel: CpuLevel;
}

/** A libvirt that runs guests. */
export interface Hypervisor {
  /** Its key in `machines.hypervisors`; unset for the only one, which `machines.libvirt` sets. */
  readonly name?: string;
  readonly uri: string;
  readonly domainType: DomainType;
  /** Set if the config leaves the domain type to detection on this workstation. */
  readonly isTypeFoundOut?: true;
  /** Directory of its guests' disks; each lab has its own folder there. */
  readonly pool: string;
  /** The existing bridge for its guests; unset if they get their own network. */
  readonly bridge?: string | undefined;
}

/** Changes of an existing cluster that are refused unless the config allows them. */
export const allowedChanges = ["etcd-below-quorum"] as const;
export type AllowedChange = (typeof allowedChanges)[number];

/**
 * A node's machine, by its source. To add a source, add a kind here; the compiler names the places
 * that must handle it.
 */
export type MachineSettings = GuestSettings | ExistingMachine;

/** The keys that lead to a place in `hardway:cluster`. */
export type ConfigKeys = readonly (string | number)[];

/** Settings of a guest that a node, its pool or `machines` may set. */
export type HardwareKey = "cpus" | "memoryMiB" | "diskGiB" | "etcdDiskGiB";

/** A machine that the program creates. */
export interface GuestSettings {
  readonly kind: "guest";
  /** Where the config sets each of these; in `machines` if it sets none. */
  readonly setAt: Readonly<Record<HardwareKey, ConfigKeys>>;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** For etcd's data alone; used only if the node is an etcd member. */
  readonly etcdDiskGiB?: number;
  /** The hypervisor that runs it, by name, if there are several. */
  readonly hypervisor?: string;
  /** The image that it was created from; unset for a new guest, which uses `machines.image`. */
  readonly image?: BaseImage;
}

/** How to connect to an existing machine. */
export interface ExistingMachine {
  readonly kind: "existing";
  readonly user: string;
  readonly port: number;
  /** One line as in `ssh_host_ed25519_key.pub`. */
  readonly hostKey: string;
  /** Absolute path of the private key. */
  readonly keyFile: string;
}

/** A DNS name or an IP address that a server's certificate is valid for. */
export interface ServerName {
  readonly kind: "dns" | "ip";
  readonly text: string;
}

/** A Kubernetes object, as in its manifest. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A user-defined manifest file. */
export interface ManifestFile {
  /** As the config has it. */
  readonly path: string;
  readonly objects: readonly KubernetesObject[];
}

/** A custom CA that nodes trust for connections outside the lab. */
export interface TrustedAuthority {
  /** The first 12 hex digits of its certificate's SHA-256 fingerprint. */
  readonly id: string;
  /** As the certificate states it, on one line. */
  readonly subject: string;
  readonly pem: string;
}

/** One node of the config, pools resolved, defaults filled in. */
export interface LabNode {
  readonly name: string;
  /** Its place in the config: `["nodes", "control-1"]` or `["pools", "worker", 2]`. */
  readonly keys: ConfigKeys;
  readonly roles: readonly Role[];
  readonly address: Ipv4Address;
  readonly machine: MachineSettings;
  readonly timeZone?: string;
  /** Linux users, by name. None on an existing machine. */
  readonly users?: Readonly<Record<string, UserSettings>>;
  /** By path. */
  readonly files?: Readonly<Record<string, FileSettings>>;
  readonly runtime: RuntimeName;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly kubeProxy: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Partial<Record<FlaggedProgram, ExtraFlags>>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** All input of the plan. Plain data, independent of the engine, files and environment. */
export interface Lab {
  /** The stack's name. */
  readonly name: string;
  readonly network: {
    readonly nodes: Ipv4Network;
    readonly bridge?: string | undefined;
    readonly gateway?: Ipv4Address | undefined;
    readonly pods: Ipv4Network;
    readonly services: Ipv4Network;
    readonly plugin: PodNetworkName;
    readonly proxy: ProxyMode;
    readonly dns?: readonly Ipv4Address[] | undefined;
  };
  readonly api: {
    readonly address?: Ipv4Address | undefined;
    /** Of the API server's certificate, in addition to the lab's own. */
    readonly names: readonly ServerName[];
  };
  readonly machines: {
    readonly image: BaseImage;
    readonly hypervisors: readonly Hypervisor[];
    /** The maximum for an emulated machine. */
    readonly emulatedCpus?: number | undefined;
  };
  /** Ports on every worker that the load balancers' ports 80 and 443 lead to. */
  readonly ingress: { readonly http?: number | undefined; readonly https?: number | undefined };
  readonly ssh: { readonly authorizedKeys: readonly string[] };
  readonly certificates: {
    readonly authorityHours: number;
    readonly leafHours: number;
    readonly renewalHours: number;
  };
  readonly people: Readonly<Record<string, PersonSettings>>;
  readonly mirrorAddress: Ipv4Address;
  readonly outside: {
    readonly proxy?: string | undefined;
    readonly direct: readonly string[];
    readonly authorities: readonly TrustedAuthority[];
    /** Mirrors by registry, in the order to try. */
    readonly registries: Readonly<Record<string, readonly RegistryMirror[]>>;
  };
  readonly manifests: readonly ManifestFile[];
  /** Contents of the files in `files`, by their paths in the config. */
  readonly texts: Readonly<Record<string, string>>;
  readonly mirrorPort: number;
  readonly allow: readonly AllowedChange[];
  readonly nodes: readonly LabNode[];
  readonly artifacts: Readonly<Record<ArtifactName, LabArtifact>>;
  readonly images: Readonly<Record<ImageName, string>>;
}
