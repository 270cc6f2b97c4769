/**
 * Every version, download URL and pinned hash of this project.
 *
 * To update a component, change its version here, run `./lab mirror sync`, and read the preview. A
 * hash is pinned here only if a public table lists it. Any other is compared once with the digest
 * that the publisher serves (`digestUrl`) and recorded in the mirror's lock for later runs.
 */

/** The nodes' processor, as official file names call it. */
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

/** The key of an artifact in the mirror's lock.json: `etcd@v3.6.14`. */
export function artifactKey(name: string, { version }: Pick<ArtifactSource, "version">): string {
  return `${name}@${version}`;
}

/** A file that nodes download by name and hash. */
export interface ArtifactSource {
  /** With its leading v, as upstream tags it. */
  readonly version: string;
  /** The file's name at its publisher and in the mirror. */
  readonly file: string;
  readonly url: string;
  /** 64 hex digits, if a public table lists it. */
  readonly sha256?: string;
  /** URL of the sha256: the first word of the file, or of the line that ends in `file`. */
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

/** Every file that a node may download, by its name in the plan, the mirror and the lock. */
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

/** Container images by purpose. Nodes pull them by these names, from the mirror first. */
export const images = {
  pause: `registry.k8s.io/pause:${versions.pause}`,
  coredns: `docker.io/coredns/coredns:${withoutV(versions.coredns)}`,
  agnhost: `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`,
} as const;

export type ImageName = keyof typeof images;

/**
 * The x86-64 psABI's levels of processor features, each a superset of the one before:
 * https://gitlab.com/x86-psABIs/x86-64-ABI
 */
export const cpuLevels = ["x86-64-v1", "x86-64-v2", "x86-64-v3"] as const;
export type CpuLevel = (typeof cpuLevels)[number];

/** A cloud image as its distribution publishes it. */
export interface CloudImage {
  /** The distribution's download URL. */
  readonly url: string;
  /** URL of the digests of all files in its directory, as sha256sum or BSD tools print them. */
  readonly digestUrl: string;
  /** The level that the distribution's programs are compiled for. */
  readonly cpuLevel: CpuLevel;
  /** Commands that some role needs and that the image lacks. */
  readonly lacks: readonly string[];
}

/** Missing from every distribution's image. */
const balancers = ["haproxy", "keepalived"] as const;

/**
 * Cloud images by name; the config may give any other by URL and hash. Debian builds its images
 * without recommended packages, so they lack nft (Ubuntu's have it:
 * https://github.com/cockpit-project/bots/pull/6236), and `lab` builds debian-12 itself.
 * `proxy: ipvs` also needs ipset.
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
