import type { ArtifactName, CpuLevel, ImageName } from "../versions.ts";
import type { ExtraFlags, FlaggedProgram } from "./flags.ts";
import type { Role, RuntimeName } from "./node.ts";
import type { ClusterConfig } from "./schema.ts";
import type { FileSettings, UserSettings } from "./system.ts";

/** A file that nodes fetch, with the hash in force: the pinned one, or the one the mirror's lock records. */
export interface LabArtifact {
  readonly version: string;
  readonly file: string;
  readonly url: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What a machine boots. */
export interface BaseImage {
  /** As the config calls it: a distribution's name, or the URL of one's own. */
  readonly name: string;
  /** Names the content: two labs with the same id share the image, another id is another volume. */
  readonly id: string;
  /** Path or URL that libvirt's volume is filled from. */
  readonly source: string;
  /** The least processor that its programs run on. */
  readonly cpuLevel: CpuLevel;
}

/** A libvirt that makes machines. */
export interface Hypervisor {
  /** Its key in `machines.hypervisors`; unset for the only one, which `machines.libvirt` says. */
  readonly name?: string;
  readonly uri: string;
  readonly domainType: "kvm" | "qemu";
  /** Set where the config leaves the domain type to what is found on this machine. */
  readonly isTypeFoundOut?: true;
  /** Directory of its machines' disks; each lab has its own folder there. */
  readonly pool: string;
  /** The bridge that is there for its machines; unset where they get a network of their own. */
  readonly bridge?: string | undefined;
}

/** How to reach a machine that exists already. */
export interface ExistingHost {
  readonly user: string;
  readonly port: number;
  /** One line as in `ssh_host_ed25519_key.pub`. */
  readonly hostKey: string;
  /** Absolute path of the private key. */
  readonly keyFile: string;
}

/** An object of Kubernetes, as its manifest says it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A person's own file of objects. */
export interface ManifestFile {
  /** As the config has it. */
  readonly path: string;
  readonly objects: readonly KubernetesObject[];
}

/** Somebody whose certificates nodes trust when they speak to what is outside the lab. */
export interface TrustedAuthority {
  /** The first 12 hex digits of its certificate's SHA-256 fingerprint. */
  readonly id: string;
  /** As the certificate states it, on one line. */
  readonly subject: string;
  readonly pem: string;
}

/** One node as the person described it, pools resolved, defaults filled in. */
export interface LabNode {
  readonly name: string;
  /** Where it stands in the config, for messages: `nodes.control-1` or `pools.worker[2]`. */
  readonly path: string;
  readonly roles: readonly Role[];
  readonly address: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** For etcd's data alone; counts where the machine is made here and is a member of etcd. */
  readonly etcdDiskGiB?: number;
  readonly timeZone?: string;
  /** Linux users, by name. None on a machine that exists already. */
  readonly users?: Readonly<Record<string, UserSettings>>;
  /** By path. */
  readonly files?: Readonly<Record<string, FileSettings>>;
  readonly runtime: RuntimeName;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly kubeProxy: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Partial<Record<FlaggedProgram, ExtraFlags>>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:effect`, or `key:effect`. */
  readonly taints: readonly string[];
  /** Set when the machine is not made here. */
  readonly host?: ExistingHost;
  /** Which of several hypervisors makes the machine, by name. */
  readonly hypervisor?: string;
  /** What the machine that is there was made from; unset where one is yet to be made, from `machines.image`. */
  readonly image?: BaseImage;
}

/** Everything the plan follows from. Plain data: no engine, no files, no environment behind it. */
export interface Lab {
  /** The stack's name. */
  readonly name: string;
  readonly network: ClusterConfig["network"];
  readonly api: ClusterConfig["api"];
  readonly machines: {
    readonly image: BaseImage;
    readonly hypervisors: readonly Hypervisor[];
    /** The most that an emulated machine has. */
    readonly emulatedCpus?: number | undefined;
  };
  readonly ingress: ClusterConfig["ingress"];
  readonly ssh: ClusterConfig["ssh"];
  readonly certificates: ClusterConfig["certificates"];
  readonly people: ClusterConfig["people"];
  readonly mirrorAddress: string;
  readonly outside: Omit<ClusterConfig["outside"], "authorities"> & {
    readonly authorities: readonly TrustedAuthority[];
  };
  readonly manifests: readonly ManifestFile[];
  /** What stands in the files that `files` names, by their paths in the config. */
  readonly texts: Readonly<Record<string, string>>;
  readonly mirrorPort: number;
  readonly nodes: readonly LabNode[];
  readonly artifacts: Readonly<Record<ArtifactName, LabArtifact>>;
  readonly images: Readonly<Record<ImageName, string>>;
}
