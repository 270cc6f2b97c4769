import type { FlaggedProgram } from "../lab.ts";

/**
 * Flags that the config may not set: other values would break connections or trust between
 * components, or open the cluster.
 */
export interface ManagedFlags<Name extends string = string> {
  /** Set by the program's unit: its renderer must give each of them a value. */
  readonly set?: readonly Name[];
  /** Set by nothing. */
  readonly unset?: RegExp;
  /** Why, or what to write instead. */
  readonly remedy: string;
}

const declare = <const Name extends string>(
  ...groups: readonly ManagedFlags<Name>[]
): readonly ManagedFlags<Name>[] => groups;

/** Common to all Kubernetes programs; etcd's help lists no such flags. */
const printing = {
  unset: /^(help|version|write-config-to)$/,
  remedy: "with this flag the program prints something and exits",
};

const ownAddress = "its health check uses 127.0.0.1, which other machines cannot reach";
const ownAuthorities = "it trusts the lab's own CAs";
const ownApiServer = "it connects to the API server on its own node, as its own user";
const oneLeads = "only one of several instances may be active";

/** By program, in the order of the docs. */
export const managedFlags = {
  "kube-apiserver": declare(
    printing,
    {
      set: ["advertise-address", "bind-address", "secure-port"],
      remedy: "write api.address and api.names",
    },
    {
      set: ["tls-cert-file", "tls-private-key-file"],
      remedy: "set the certificate's names in api.names",
    },
    { set: ["service-cluster-ip-range"], remedy: "write network.services" },
    {
      set: ["client-ca-file", "anonymous-auth"],
      unset: /^token-auth-file$/,
      remedy: "add users to people, or set up an OIDC issuer with the flags oidc-…",
    },
    {
      set: ["authorization-mode"],
      unset: /^authorization-config$/,
      remedy: "grant rights with RBAC roles and bindings",
    },
    {
      set: ["allow-privileged"],
      remedy: "restrict pods by Pod Security labels of their namespaces",
    },
    {
      unset: /^admission-control$/,
      remedy: "write enable-admission-plugins or disable-admission-plugins",
    },
    {
      set: ["admission-control-config-file"],
      remedy: "this file sets the Pod Security defaults; label namespaces that need another level",
    },
    {
      set: ["encryption-provider-config", "encryption-provider-config-automatic-reload"],
      remedy: "Secrets are encrypted with the lab's own key",
    },
    {
      set: ["etcd-servers", "etcd-cafile", "etcd-certfile", "etcd-keyfile"],
      unset: /^etcd-prefix$/,
      remedy: "the nodes with the role etcd are its members, and serve only this cluster",
    },
    {
      set: [
        "kubelet-certificate-authority",
        "kubelet-client-certificate",
        "kubelet-client-key",
        "proxy-client-cert-file",
        "proxy-client-key-file",
        "requestheader-allowed-names",
        "requestheader-client-ca-file",
        "requestheader-extra-headers-prefix",
        "requestheader-group-headers",
        "requestheader-username-headers",
      ],
      unset: /^requestheader-uid-headers$/,
      remedy: "the components authenticate each other with the lab's own CAs",
    },
    {
      set: [
        "service-account-issuer",
        "service-account-key-file",
        "service-account-signing-key-file",
      ],
      unset: /^service-account-signing-endpoint$/,
      remedy: "service account tokens are signed with the lab's own key",
    },
    {
      set: ["audit-log-path"],
      remedy: "it is in /var/log/kubernetes, the only directory that the unit may write to",
    },
  ),
  "kube-controller-manager": declare(
    printing,
    {
      set: ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"],
      unset: /^master$/,
      remedy: ownApiServer,
    },
    { set: ["bind-address"], unset: /^secure-port$/, remedy: ownAddress },
    {
      set: ["client-ca-file", "requestheader-client-ca-file"],
      unset: /^requestheader-/,
      remedy: ownAuthorities,
    },
    { set: ["leader-elect"], remedy: oneLeads },
    {
      set: ["allocate-node-cidrs", "cluster-cidr"],
      unset: /^(cidr-allocator-type|configure-cloud-routes|node-cidr-mask-size.*)$/,
      remedy: "every node has a /24 of network.pods",
    },
    { set: ["service-cluster-ip-range"], remedy: "write network.services" },
    {
      set: [
        "cluster-signing-cert-file",
        "cluster-signing-key-file",
        "root-ca-file",
        "service-account-private-key-file",
      ],
      unset: /^cluster-signing-.*-file$/,
      remedy: "certificates and tokens are signed with the lab's own keys",
    },
    {
      set: ["use-service-account-credentials"],
      remedy: "each controller has only the rights of its own role",
    },
  ),
  "kube-scheduler": declare(
    printing,
    {
      set: ["authentication-kubeconfig", "authorization-kubeconfig"],
      unset: /^(kubeconfig|master)$/,
      remedy: ownApiServer,
    },
    { set: ["bind-address"], unset: /^secure-port$/, remedy: ownAddress },
    {
      set: ["client-ca-file", "requestheader-client-ca-file"],
      unset: /^requestheader-/,
      remedy: ownAuthorities,
    },
    { unset: /^leader-elect$/, remedy: oneLeads },
    {
      set: ["config", "profiling"],
      unset: /^(contention-profiling|kube-api-.*)$/,
      remedy: "it is set in the scheduler's config file, which overrides the flag",
    },
  ),
  etcd: declare(
    {
      set: ["name", "initial-advertise-peer-urls", "initial-cluster-token"],
      unset: /^(initial-cluster.*|force-new-cluster|discovery.*)$/,
      remedy: "the nodes with the role etcd are its members",
    },
    {
      set: ["data-dir"],
      unset: /^wal-dir$/,
      remedy: "its data is in /var/lib/etcd, where all steps expect it",
    },
    {
      set: [
        "advertise-client-urls",
        "listen-client-urls",
        "listen-metrics-urls",
        "listen-peer-urls",
      ],
      unset: /^listen-client-http-urls$/,
      remedy: "members and API servers connect to the node's address, health checks to 127.0.0.1",
    },
    {
      set: [
        "cert-file",
        "key-file",
        "trusted-ca-file",
        "client-cert-auth",
        "peer-cert-file",
        "peer-key-file",
        "peer-trusted-ca-file",
        "peer-client-cert-auth",
      ],
      unset: /^(auto-tls|client-(cert|key)-file|peer-auto-tls|peer-client-.*)$/,
      remedy: "members and clients authenticate each other with the lab's own CA",
    },
  ),
} as const satisfies Record<FlaggedProgram, readonly ManagedFlags[]>;

/** A flag that the program's unit sets and the config may not. */
export type SetFlag<Program extends FlaggedProgram> = NonNullable<
  (typeof managedFlags)[Program][number]["set"]
>[number];

export const isInGroup = ({ set = [], unset }: ManagedFlags, flag: string): boolean =>
  set.includes(flag) || unset?.test(flag) === true;

/** The alternative to a managed flag; undefined if the config may set the flag. */
export function managedFlagRemedy(program: FlaggedProgram, flag: string): string | undefined {
  const groups: readonly ManagedFlags[] = managedFlags[program];
  return groups.find((group) => isInGroup(group, flag))?.remedy;
}
