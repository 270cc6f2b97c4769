import { dirname } from "node:path";
import { nodeYaml } from "../../base/nodeYaml.ts";
import { isControlPlane } from "../../model/roles.ts";
import { architecture } from "../../model/versions.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { ownApiUrl } from "../../plan/planCluster.ts";
import { etcdctlEnvironment } from "../etcd/etcdctl.ts";
import {
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
  serviceAccountPublicKeyPath,
} from "../pki/paths.ts";
import { credential, file, nodeComponent, program, type Scope, tool } from "../remote/component.ts";
import { hardening, programLine, renderUnit, restarts } from "../remote/unit.ts";
import { apiServerFlags, apiServerUser, etcdMembersFor } from "./apiServerFlags.ts";
import { adminKubeconfigPath, apiServerPaths as paths } from "./paths.ts";

/**
 * The audit log: who did what to which object, without the contents of Secrets and without the
 * noise of watches and health checks.
 */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    // First, so that no rule below hides who read a Secret: an attacker on a node would show up
    // here.
    { level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] },
    {
      level: "None",
      nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi*"],
    },
    {
      level: "None",
      verbs: ["get", "list", "watch"],
      users: ["system:apiserver", "system:kube-scheduler", "system:kube-controller-manager"],
    },
    {
      level: "None",
      verbs: ["get", "list", "watch"],
      userGroups: ["system:nodes", "system:serviceaccounts:kube-system"],
    },
    {
      level: "None",
      resources: [
        { group: "coordination.k8s.io", resources: ["leases"] },
        { group: "", resources: ["events"] },
      ],
    },
    {
      level: "Metadata",
      resources: [
        { group: "", resources: ["configmaps", "serviceaccounts/token"] },
        { group: "authentication.k8s.io", resources: ["tokenreviews"] },
      ],
    },
    { level: "Metadata", verbs: ["get", "list", "watch"] },
    { level: "Request" },
  ],
};

/**
 * Pod Security: the default only warns, as a fresh cluster should; each namespace may set a
 * stricter level.
 */
const admission = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AdmissionConfiguration",
  plugins: [
    {
      name: "PodSecurity",
      configuration: {
        apiVersion: "pod-security.admission.config.k8s.io/v1",
        kind: "PodSecurityConfiguration",
        defaults: {
          enforce: "privileged",
          "enforce-version": "latest",
          audit: "baseline",
          "audit-version": "latest",
          warn: "baseline",
          "warn-version": "latest",
        },
        exemptions: { namespaces: ["kube-system"] },
      },
    },
  ],
};

/**
 * Secrets in etcd are encrypted with the program's key; `identity` reads those from before
 * encryption.
 */
export function renderEncryption(secretboxKey: string): string {
  return nodeYaml({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [
          { secretbox: { keys: [{ name: "key1", secret: secretboxKey }] } },
          { identity: {} },
        ],
      },
    ],
  });
}

/**
 * kube-apiserver on every control plane. One process has one key with three certificates: the
 * cluster's CA signs the one for clients and kubelets, etcd's CA the one for etcd, and the
 * front-proxy CA the one for aggregated API servers.
 */
export const kubeApiServer = nodeComponent({
  name: "kube-apiserver",
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isControlPlane),
  identity: ({ plan, node }: Scope<NodePlan>) => ({
    commonName: apiServerUser,
    dnsNames: [...plan.api.names, node.name],
    ipAddresses: [...new Set([...plan.api.addresses, node.address])],
    signedBy: { cluster: ["server", "client"], etcd: ["client"], frontProxy: ["client"] },
  }),
  after: () => ({
    operatingSystem: "Without a prepared machine there is nothing to install it on.",
    etcdMemberships: "Without etcd it exits and is restarted until etcd serves.",
  }),
  install: ({ plan, node }) => {
    const hasMember = plan.etcd.members.some(({ name }) => name === node.name);
    const others = plan.nodes.filter((other) => isControlPlane(other) && other.name !== node.name);
    return {
      about:
        "The API server: the only component that talks to etcd, and the one that all others talk to.",
      // Only root can read keys, configuration and the audit log.
      directories: [{ path: auditLogDirectory, mode: "700" }],
      files: [
        credential(clusterAuthorityPath, ({ authorities }) => authorities.cluster.certPem, {
          mode: "644",
          isShared: true,
        }),
        credential(paths.cert, ({ certPem }) => certPem.cluster, { mode: "644" }),
        credential(paths.key, ({ keyPem }) => keyPem),
        credential(paths.etcdAuthority, ({ authorities }) => authorities.etcd.certPem, {
          mode: "644",
        }),
        credential(paths.etcdClientCert, ({ certPem }) => certPem.etcd, { mode: "644" }),
        credential(frontProxyAuthorityPath, ({ authorities }) => authorities.frontProxy.certPem, {
          mode: "644",
        }),
        credential(paths.frontProxyClientCert, ({ certPem }) => certPem.frontProxy, {
          mode: "644",
        }),
        credential(serviceAccountKeyPath, ({ authorities }) => authorities.serviceAccountKey),
        credential(
          serviceAccountPublicKeyPath,
          ({ authorities }) => authorities.serviceAccountPublicKey,
          { mode: "644" },
        ),
        credential(paths.encryption, ({ authorities }) =>
          authorities.encryptionKey.apply(renderEncryption),
        ),
        // For users on this machine, and for the steps that register nodes.
        credential(adminKubeconfigPath, ({ adminKubeconfig }) => adminKubeconfig, {
          onChange: "nothing",
        }),
        file(paths.auditPolicy, nodeYaml(auditPolicy), { mode: "600" }),
        file(paths.admission, nodeYaml(admission), { mode: "600" }),
      ],
      programs: [
        program(plan.artifacts["kube-apiserver"], { "kube-apiserver": paths.program }),
        tool(plan.artifacts.kubectl, { kubectl: "/usr/local/bin/kubectl" }),
        // etcdctl takes the lock for a rolling restart; an etcd member has etcdctl already.
        ...(hasMember || others.length === 0 ? [] : [etcdctl(plan)]),
      ],
      leaves: [auditLogDirectory],
      unit: {
        name: "kube-apiserver.service",
        text: renderUnit({
          Unit: {
            Description: "Kubernetes API server",
            Documentation: "https://kubernetes.io/docs/concepts/architecture/#kube-apiserver",
            Wants: "network-online.target",
            After: ["network-online.target", "etcd.service"],
            // A restart of etcd stops the API server first and starts it again afterwards, so it
            // receives no requests meanwhile. Not Requires: if etcd's first start fails (no quorum
            // yet after a power cut), systemd would cancel the API server's start and never retry
            // it.
            ...(hasMember ? { PartOf: "etcd.service" } : {}),
            StartLimitIntervalSec: "0",
          },
          Service: {
            Type: "notify",
            TimeoutStartSec: 900,
            ExecStart: programLine(
              paths.program,
              apiServerFlags(plan, node),
              node.flags["kube-apiserver"],
            ),
            ...restarts,
            LimitNOFILE: 65_536,
            OOMScoreAdjust: -999,
            ...hardening,
            ReadWritePaths: auditLogDirectory,
          },
        }),
        functions: `serves() { curl --silent --fail --max-time 10 --cacert ${clusterAuthorityPath} --cert ${paths.cert} --key ${paths.key} "$1/readyz"; }
${others.length === 0 ? "" : etcdctlEnvironment(etcdMembersFor(plan, node), { authority: paths.etcdAuthority, cert: paths.etcdClientCert, key: paths.key })}`,
        healthy: `serves ${ownApiUrl(node)}`,
        withinSeconds: 600,
        ...(others.length === 0
          ? {}
          : {
              turn: {
                lock: "kube-apiserver",
                othersAreHealthy: others.map((other) => `serves ${ownApiUrl(other)}`).join(" && "),
              },
            }),
      },
    };
  },
});

const auditLogDirectory = dirname(paths.auditLog);

function etcdctl({ artifacts: { etcd } }: ClusterPlan) {
  const source = `etcd-${etcd.version}-linux-${architecture}/etcdctl`;
  return tool(etcd, { [source]: "/usr/local/bin/etcdctl" });
}
