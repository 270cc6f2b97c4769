/**
 * Every version, download address and pinned hash of this project, in one table.
 *
 * To move a component: change its version here, run `./lab mirror sync`, and read the preview.
 * A hash stands here only where a public table states it; the others are checked once against the
 * digest that the publisher serves beside the file (`digestUrl`) and recorded in the mirror's lock,
 * which later runs must match.
 */

/** What a node's processor is called in the names of official files. */
export const architecture = "amd64";

export const versions = {
  kubernetes: "v1.36.4",
  etcd: "v3.6.14",
  containerd: "v2.3.4",
  crio: "v1.36.3",
  runc: "v1.5.1",
  cniPlugins: "v1.9.1",
  crictl: "v1.36.0",
  flannel: "v0.28.9",
  coredns: "v1.14.7",
  pause: "3.10.2",
  agnhost: "2.63.0",
} as const;

/** The key of an artefact in the mirror's lock.json: `etcd@v3.6.14`. */
export function artifactKey(name: string, { version }: Pick<ArtifactSource, "version">): string {
  return `${name}@${version}`;
}

/** A file that nodes fetch by name and hash. */
export interface ArtifactSource {
  /** With its leading v, as upstream tags it. */
  readonly version: string;
  /** The file's name at its publisher and in the mirror. */
  readonly file: string;
  readonly url: string;
  /** 64 hex digits, where a public table states it. */
  readonly sha256?: string;
  /** Serves the sha256 as the first word, or as the first word of the line that ends in `file`. */
  readonly digestUrl?: string;
}

const kubernetesBinary = (name: string): ArtifactSource => {
  const url = `https://dl.k8s.io/release/${versions.kubernetes}/bin/linux/${architecture}/${name}`;
  return { version: versions.kubernetes, file: name, url, digestUrl: `${url}.sha256` };
};

const githubRelease = (
  repository: string,
  version: string,
  file: string,
  digestFile: string,
): ArtifactSource => {
  const base = `https://github.com/${repository}/releases/download/${version}`;
  return { version, file, url: `${base}/${file}`, digestUrl: `${base}/${digestFile}` };
};

/** `v1.2.3` as `1.2.3`. */
export const withoutV = (version: string): string => version.replace(/^v/, "");

const etcdFile = `etcd-${versions.etcd}-linux-${architecture}.tar.gz`;
const containerdFile = `containerd-${withoutV(versions.containerd)}-linux-${architecture}.tar.gz`;
const crioFile = `cri-o.${architecture}.${versions.crio}.tar.gz`;
const cniFile = `cni-plugins-linux-${architecture}-${versions.cniPlugins}.tgz`;
const crictlFile = `crictl-${versions.crictl}-linux-${architecture}.tar.gz`;

/** Every file a node may fetch, by the name that plan, mirror and lock use. */
export const artifacts = {
  "kube-apiserver": kubernetesBinary("kube-apiserver"),
  "kube-controller-manager": kubernetesBinary("kube-controller-manager"),
  "kube-scheduler": kubernetesBinary("kube-scheduler"),
  kubelet: kubernetesBinary("kubelet"),
  "kube-proxy": kubernetesBinary("kube-proxy"),
  kubectl: kubernetesBinary("kubectl"),
  etcd: githubRelease("etcd-io/etcd", versions.etcd, etcdFile, "SHA256SUMS"),
  containerd: githubRelease(
    "containerd/containerd",
    versions.containerd,
    containerdFile,
    `${containerdFile}.sha256sum`,
  ),
  "cri-o": {
    version: versions.crio,
    file: crioFile,
    url: `https://storage.googleapis.com/cri-o/artifacts/${crioFile}`,
    digestUrl: `https://storage.googleapis.com/cri-o/artifacts/${crioFile}.sha256sum`,
  },
  runc: githubRelease(
    "opencontainers/runc",
    versions.runc,
    `runc.${architecture}`,
    "runc.sha256sum",
  ),
  "cni-plugins": githubRelease(
    "containernetworking/plugins",
    versions.cniPlugins,
    cniFile,
    `${cniFile}.sha256`,
  ),
  crictl: githubRelease(
    "kubernetes-sigs/cri-tools",
    versions.crictl,
    crictlFile,
    `${crictlFile}.sha256`,
  ),
  flannel: {
    version: versions.flannel,
    file: `flanneld-${architecture}`,
    url: `https://github.com/flannel-io/flannel/releases/download/${versions.flannel}/flanneld-${architecture}`,
  },
} as const satisfies Record<string, ArtifactSource>;

export type ArtifactName = keyof typeof artifacts;

/** Container images the cluster needs, by what they are for. Pulled by these names, from the mirror first. */
export const images = {
  pause: `registry.k8s.io/pause:${versions.pause}`,
  coredns: `docker.io/coredns/coredns:${withoutV(versions.coredns)}`,
  agnhost: `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`,
} as const;

export type ImageName = keyof typeof images;

/**
 * What programs may ask of a processor, each level more than the one before. The x86-64 psABI defines them:
 * https://gitlab.com/x86-psABIs/x86-64-ABI
 */
export const cpuLevels = ["x86-64-v1", "x86-64-v2", "x86-64-v3"] as const;
export type CpuLevel = (typeof cpuLevels)[number];

/** A distribution's cloud image: what boots, how cloud-init calls its parts. */
export interface CloudImage {
  /** Where the distribution publishes it. */
  readonly url: string;
  /** Serves the digests of all files beside it; lines as `sha256sum` or BSD tools print them. */
  readonly digestUrl: string;
  /** What the distribution's programs are compiled for. */
  readonly cpuLevel: CpuLevel;
  /** Of the commands that some role needs, those that are known not to be in it. */
  readonly lacks: readonly string[];
}

/** No distribution's image balances load. */
const balancers = ["haproxy", "keepalived"] as const;

/**
 * Cloud images this project knows by name. Another one is given by its URL and hash in the config.
 * Debian's are made without recommended packages, and have no nft (https://github.com/cockpit-project/bots/pull/6236, which
 * says that Ubuntu's have it); so `lab` makes debian-12 itself. With `proxy: ipvs`, ipset is wanted too.
 */
export const cloudImages = {
  "debian-12": {
    url: `https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-${architecture}.qcow2`,
    digestUrl: "https://cloud.debian.org/images/cloud/bookworm/latest/SHA512SUMS",
    cpuLevel: "x86-64-v1",
    lacks: ["nft", "ipset", ...balancers],
  },
  "debian-13": {
    url: `https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-${architecture}.qcow2`,
    digestUrl: "https://cloud.debian.org/images/cloud/trixie/latest/SHA512SUMS",
    cpuLevel: "x86-64-v1",
    lacks: ["nft", "ipset", ...balancers],
  },
  "ubuntu-24.04": {
    url: `https://cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-${architecture}.img`,
    digestUrl: "https://cloud-images.ubuntu.com/noble/current/SHA256SUMS",
    cpuLevel: "x86-64-v1",
    lacks: balancers,
  },
  "fedora-44": {
    url: "https://download.fedoraproject.org/pub/fedora/linux/releases/44/Cloud/x86_64/images/Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2",
    digestUrl:
      "https://download.fedoraproject.org/pub/fedora/linux/releases/44/Cloud/x86_64/images/Fedora-Cloud-44-1.7-x86_64-CHECKSUM",
    cpuLevel: "x86-64-v1",
    lacks: balancers,
  },
  "centos-stream-10": {
    url: "https://cloud.centos.org/centos/10-stream/x86_64/images/CentOS-Stream-GenericCloud-10-latest.x86_64.qcow2",
    digestUrl:
      "https://cloud.centos.org/centos/10-stream/x86_64/images/CentOS-Stream-GenericCloud-10-latest.x86_64.qcow2.SHA256SUM",
    cpuLevel: "x86-64-v3",
    lacks: balancers,
  },
} as const satisfies Record<string, CloudImage>;

export type CloudImageName = keyof typeof cloudImages;
