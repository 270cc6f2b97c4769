import type { FlaggedProgram } from "../../model/lab.ts";

type Owned = readonly (readonly [flags: RegExp, remedy: string])[];

/** Common to all Kubernetes programs; etcd's help lists no such flags. */
const everywhere: Owned = [
  [/^(help|version|write-config-to)$/, "with this flag the program prints something and exits"],
];

const toApiServer: Owned = [
  [
    /^(kubeconfig|authentication-kubeconfig|authorization-kubeconfig|master)$/,
    "it connects to the API server on its own node, as its own user",
  ],
  [
    /^(bind-address|secure-port)$/,
    "its health check uses 127.0.0.1, which other machines cannot reach",
  ],
  [/^(client-ca-file|requestheader-.*)$/, "it trusts the lab's own CAs"],
  [/^leader-elect$/, "only one of several instances may be active"],
];

/**
 * Flags that hardway manages, with the alternative: other values would break connections or trust
 * between components, or open the cluster.
 */
export const ownedFlags: Readonly<Record<FlaggedProgram, Owned>> = {
  "kube-apiserver": [
    ...everywhere,
    [/^(advertise-address|bind-address|secure-port)$/, "write api.address and api.names"],
    [/^(tls-cert-file|tls-private-key-file)$/, "set the certificate's names in api.names"],
    [/^service-cluster-ip-range$/, "write network.services"],
    [
      /^(client-ca-file|anonymous-auth|token-auth-file)$/,
      "add users to people, or set up an OIDC issuer with the flags oidc-…",
    ],
    [/^authorization-(mode|config)$/, "grant rights with RBAC roles and bindings"],
    [/^allow-privileged$/, "restrict pods by Pod Security labels of their namespaces"],
    [/^admission-control$/, "write enable-admission-plugins or disable-admission-plugins"],
    [
      /^admission-control-config-file$/,
      "this file sets the Pod Security defaults; label namespaces that need another level",
    ],
    [/^encryption-provider-.*$/, "Secrets are encrypted with the lab's own key"],
    [
      /^etcd-(servers|cafile|certfile|keyfile|prefix)$/,
      "the nodes with the role etcd are its members, and serve only this cluster",
    ],
    [
      /^(kubelet-certificate-authority|kubelet-client-.*|proxy-client-.*|requestheader-.*)$/,
      "the components authenticate each other with the lab's own CAs",
    ],
    [
      /^service-account-(issuer|key-file|signing-key-file|signing-endpoint)$/,
      "service account tokens are signed with the lab's own key",
    ],
    [
      /^audit-log-path$/,
      "it is in /var/log/kubernetes, the only directory that the unit may write to",
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
      "certificates and tokens are signed with the lab's own keys",
    ],
    [/^use-service-account-credentials$/, "each controller has only the rights of its own role"],
  ],
  "kube-scheduler": [
    ...everywhere,
    ...toApiServer,
    [
      /^(config|profiling|contention-profiling|kube-api-.*)$/,
      "it is set in the scheduler's config file, which overrides the flag",
    ],
  ],
  etcd: [
    [
      /^(name|initial-advertise-peer-urls|initial-cluster.*|force-new-cluster|discovery.*)$/,
      "the nodes with the role etcd are its members",
    ],
    [/^(data-dir|wal-dir)$/, "its data is in /var/lib/etcd, where all steps expect it"],
    [
      /^(advertise-client-urls|listen-.*)$/,
      "members and API servers connect to the node's address, health checks to 127.0.0.1",
    ],
    [
      /^(auto-tls|client-cert-auth|(client-)?(cert|key)-file|trusted-ca-file|peer-auto-tls|peer-client-.*|peer-(cert|key)-file|peer-trusted-ca-file)$/,
      "members and clients authenticate each other with the lab's own CA",
    ],
  ],
};

/** The alternative to a flag that hardway manages; undefined if the flag can be set. */
export function ownedFlag(program: FlaggedProgram, flag: string): string | undefined {
  return ownedFlags[program].find(([flags]) => flags.test(flag))?.[1];
}
