import type { FlaggedProgram } from "../../model/lab.ts";

type Owned = readonly (readonly [flags: RegExp, remedy: string])[];

/** The same of every program of Kubernetes; etcd's help has no such flags. */
const everywhere: Owned = [
  [/^(help|version|write-config-to)$/, "with it the program prints something and ends"],
];

const toApiServer: Owned = [
  [
    /^(kubeconfig|authentication-kubeconfig|authorization-kubeconfig|master)$/,
    "it speaks to the API server beside it, as its own user",
  ],
  [
    /^(bind-address|secure-port)$/,
    "it is asked for its health at 127.0.0.1, where nobody else asks",
  ],
  [/^(client-ca-file|requestheader-.*)$/, "it trusts this lab's own authorities"],
  [/^leader-elect$/, "of several only the leader may act"],
];

/**
 * Flags that stay the program's: with another value the parts would not find or trust each other any more, or the cluster
 * would stand open. Each with the way to what a person wants who gives it.
 */
export const ownedFlags: Readonly<Record<FlaggedProgram, Owned>> = {
  "kube-apiserver": [
    ...everywhere,
    [/^(advertise-address|bind-address|secure-port)$/, "write api.address and api.names"],
    [/^(tls-cert-file|tls-private-key-file)$/, "names for its certificate stand in api.names"],
    [/^service-cluster-ip-range$/, "write network.services"],
    [
      /^(client-ca-file|anonymous-auth|token-auth-file)$/,
      "who may come in stands in people, or at an issuer that the flags oidc-… name",
    ],
    [/^authorization-(mode|config)$/, "grant with RBAC's roles and bindings"],
    [/^allow-privileged$/, "hold pods back by Pod Security labels of their namespaces"],
    [/^admission-control$/, "write enable-admission-plugins or disable-admission-plugins"],
    [
      /^admission-control-config-file$/,
      "Pod Security's defaults stand there; label namespaces that need others",
    ],
    [/^encryption-provider-.*$/, "Secrets are encrypted with a key of this lab's"],
    [
      /^etcd-(servers|cafile|certfile|keyfile|prefix)$/,
      "its members are the nodes with the role etcd, which are this cluster's alone",
    ],
    [
      /^(kubelet-certificate-authority|kubelet-client-.*|proxy-client-.*|requestheader-.*)$/,
      "the parts of the cluster know each other by this lab's own authorities",
    ],
    [
      /^service-account-(issuer|key-file|signing-key-file|signing-endpoint)$/,
      "service accounts' tokens are signed with a key of this lab's",
    ],
    [
      /^audit-log-path$/,
      "it stands in /var/log/kubernetes, the one place that the unit may write to",
    ],
  ],
  "kube-controller-manager": [
    ...everywhere,
    ...toApiServer,
    [
      /^(allocate-node-cidrs|cidr-allocator-type|cluster-cidr|configure-cloud-routes|node-cidr-mask-size.*)$/,
      "every node has a /24 of network.pods",
    ],
    [/^service-cluster-ip-range$/, "write network.services"],
    [
      /^(cluster-signing-.*-file|root-ca-file|service-account-private-key-file)$/,
      "certificates and tokens are signed with keys of this lab's",
    ],
    [/^use-service-account-credentials$/, "each controller has the rights of its own role alone"],
  ],
  "kube-scheduler": [
    ...everywhere,
    ...toApiServer,
    [
      /^(config|profiling|contention-profiling|kube-api-.*)$/,
      "it stands in the scheduler's config file, beside which the flag counts for nothing",
    ],
  ],
  etcd: [
    [
      /^(name|initial-advertise-peer-urls|initial-cluster.*|force-new-cluster|discovery.*)$/,
      "its members are the nodes with the role etcd",
    ],
    [/^(data-dir|wal-dir)$/, "its data is in /var/lib/etcd, where all steps look for it"],
    [
      /^(advertise-client-urls|listen-.*)$/,
      "members and API servers reach it at the node's address, health checks at 127.0.0.1",
    ],
    [
      /^(auto-tls|client-cert-auth|(client-)?(cert|key)-file|trusted-ca-file|peer-auto-tls|peer-client-.*|peer-(cert|key)-file|peer-trusted-ca-file)$/,
      "members and their clients know each other by this lab's own authority",
    ],
  ],
};

/** Whose flag is the program's, and the way to what a person wants who gives it; undefined where it is free. */
export function ownedFlag(program: FlaggedProgram, flag: string): string | undefined {
  return ownedFlags[program].find(([flags]) => flags.test(flag))?.[1];
}
