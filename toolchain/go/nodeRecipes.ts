import { versions, withoutV } from "../../model/versions.ts";
import { type GoBinary, type GoRecipe, staticC } from "./recipe.ts";

/** Binaries `<prefix>/<name>` that print the version when run with `arguments`. */
function binaries(
  prefix: string,
  names: readonly string[],
  proofText: string,
  proof: readonly string[] = ["--version"],
): Record<string, GoBinary> {
  return Object.fromEntries(
    names.map((name) => [name, { package: `${prefix}/${name}`, proof, proofText }]),
  );
}

const [kubernetesMajor = "", kubernetesMinor = ""] = withoutV(versions.kubernetes).split(".");

/**
 * The variables that Kubernetes' own build sets. The commit stays empty, which clients show as
 * "unknown", because a module from the proxy does not contain it.
 */
const kubernetesVariables = Object.fromEntries(
  ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
    [`${path}.gitVersion`, versions.kubernetes],
    [`${path}.gitMajor`, kubernetesMajor],
    [`${path}.gitMinor`, kubernetesMinor],
    [`${path}.gitCommit`, ""],
    [`${path}.gitTreeState`, "archive"],
  ]),
);

export const kubernetes: GoRecipe = {
  name: "kubernetes",
  version: versions.kubernetes,
  module: "k8s.io/kubernetes",
  moduleVersion: versions.kubernetes,
  directory: "kubernetes",
  variables: kubernetesVariables,
  binaries: {
    ...binaries(
      "k8s.io/kubernetes/cmd",
      ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"],
      `Kubernetes ${versions.kubernetes}`,
    ),
    kubectl: {
      package: "k8s.io/kubernetes/cmd/kubectl",
      proof: ["version", "--client"],
      proofText: `Client Version: ${versions.kubernetes}`,
    },
  },
};

export const agnhost: GoRecipe = {
  name: "agnhost",
  version: versions.agnhost,
  module: "k8s.io/kubernetes",
  moduleVersion: versions.kubernetes,
  directory: "kubernetes",
  variables: { "main.Version": versions.agnhost },
  binaries: {
    agnhost: {
      package: "k8s.io/kubernetes/test/images/agnhost",
      proof: ["--version"],
      proofText: versions.agnhost,
    },
  },
};

export const etcd: GoRecipe = {
  name: "etcd",
  version: versions.etcd,
  module: "go.etcd.io/etcd/server/v3",
  moduleVersion: versions.etcd,
  directory: "etcd",
  binaries: {
    etcd: {
      package: "go.etcd.io/etcd/server/v3",
      proof: ["--version"],
      proofText: `etcd Version: ${withoutV(versions.etcd)}`,
    },
    etcdctl: {
      package: "go.etcd.io/etcd/etcdctl/v3",
      proof: ["version"],
      proofText: `etcdctl version: ${withoutV(versions.etcd)}`,
    },
    etcdutl: {
      package: "go.etcd.io/etcd/etcdutl/v3",
      proof: ["version"],
      proofText: `etcdutl version: ${withoutV(versions.etcd)}`,
    },
  },
};

export const containerd: GoRecipe = {
  name: "containerd",
  version: versions.containerd,
  module: "github.com/containerd/containerd/v2",
  moduleVersion: versions.containerd,
  directory: "containerd",
  tags: ["urfave_cli_no_docs"],
  variables: { "github.com/containerd/containerd/v2/version.Version": versions.containerd },
  binaries: {
    ...binaries(
      "github.com/containerd/containerd/v2/cmd",
      ["containerd", "ctr"],
      versions.containerd,
    ),
    "containerd-shim-runc-v2": {
      package: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
      proof: ["-v"],
      proofText: versions.containerd,
    },
  },
};

/** The newest version on the module proxy; upstream's bundle contains another one. */
const conmon = "v2.2.1";

export const crio: GoRecipe = {
  name: "cri-o",
  version: versions.crio,
  module: "github.com/cri-o/cri-o",
  moduleVersion: versions.crio,
  directory: "cri-o",
  // Upstream's tags for static binaries, and tags that omit features which need further C
  // libraries.
  tags: [
    "apparmor",
    "containers_image_openpgp",
    "containers_image_ostree_stub",
    "exclude_graphdriver_btrfs",
    "netgo",
    "osusergo",
    "seccomp",
    "selinux",
  ],
  cgo: [
    ...staticC,
    { debian: "pkg-config", command: "pkg-config" },
    { debian: "libseccomp-dev", library: "libseccomp.a" },
    { debian: "libglib2.0-dev", library: "libglib-2.0.a" },
  ],
  binaries: {
    crio: {
      package: "github.com/cri-o/cri-o/cmd/crio",
      proof: ["--version"],
      proofText: `crio version ${withoutV(versions.crio)}`,
    },
    pinns: {
      module: "github.com/cri-o/cri-o",
      sources: "pinns/src",
      proof: [],
      proofText: "Path for pinning namespaces not specified",
    },
    conmon: {
      module: "github.com/containers/conmon",
      // CRI-O imports Go code of an older conmon, which this version no longer contains.
      directory: "conmon",
      sources: "src",
      defines: { VERSION: JSON.stringify(withoutV(conmon)), GIT_COMMIT: '"unknown"' },
      libraries: ["glib-2.0"],
      proof: ["--version"],
      proofText: `conmon version ${withoutV(conmon)}`,
    },
  },
};

export const runc: GoRecipe = {
  name: "runc",
  version: versions.runc,
  module: "github.com/opencontainers/runc",
  moduleVersion: versions.runc,
  directory: "runc",
  tags: ["seccomp", "urfave_cli_no_docs", "netgo", "osusergo"],
  variables: { "main.version": withoutV(versions.runc) },
  cgo: [
    ...staticC,
    { debian: "pkg-config", command: "pkg-config" },
    { debian: "libseccomp-dev", library: "libseccomp.a" },
  ],
  binaries: {
    runc: {
      package: "github.com/opencontainers/runc",
      proof: ["--version"],
      proofText: `runc version ${withoutV(versions.runc)}`,
    },
  },
};

export const cniPlugins: GoRecipe = {
  name: "cni-plugins",
  version: versions.cniPlugins,
  module: "github.com/containernetworking/plugins",
  moduleVersion: versions.cniPlugins,
  directory: "cni-plugins",
  variables: {
    "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion":
      versions.cniPlugins,
  },
  binaries: Object.fromEntries(
    [
      "main/bridge",
      "main/loopback",
      "main/ptp",
      "ipam/host-local",
      "meta/bandwidth",
      "meta/firewall",
      "meta/portmap",
      "meta/tuning",
    ].map((path) => [
      path.replace(/.*\//, ""),
      {
        package: `github.com/containernetworking/plugins/plugins/${path}`,
        proof: [],
        proofText: `plugin ${versions.cniPlugins}`,
      },
    ]),
  ),
};

export const crictl: GoRecipe = {
  name: "crictl",
  version: versions.crictl,
  module: "sigs.k8s.io/cri-tools",
  moduleVersion: versions.crictl,
  directory: "crictl",
  variables: { "sigs.k8s.io/cri-tools/pkg/version.Version": versions.crictl },
  binaries: binaries("sigs.k8s.io/cri-tools/cmd", ["crictl"], versions.crictl),
};

export const flannel: GoRecipe = {
  name: "flannel",
  version: versions.flannel,
  module: "github.com/flannel-io/flannel",
  moduleVersion: versions.flannel,
  directory: "flannel",
  tags: ["netgo", "osusergo"],
  variables: { "github.com/flannel-io/flannel/pkg/version.Version": versions.flannel },
  cgo: staticC,
  binaries: {
    flanneld: {
      package: "github.com/flannel-io/flannel",
      proof: ["--version"],
      proofText: versions.flannel,
    },
  },
};

export const coredns: GoRecipe = {
  name: "coredns",
  version: versions.coredns,
  module: "github.com/coredns/coredns",
  moduleVersion: versions.coredns,
  directory: "coredns",
  binaries: {
    coredns: {
      package: "./cmd/coredns",
      proof: ["-version"],
      proofText: `CoreDNS-${withoutV(versions.coredns)}`,
    },
  },
};
