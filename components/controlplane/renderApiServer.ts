import { nodeYaml } from "../../base/nodeYaml.ts";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { ownApiUrl } from "../../plan/planCluster.ts";
import { etcdctlEnvironment } from "../etcd/render.ts";
import {
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
  serviceAccountPublicKeyPath,
} from "../pki/paths.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, type Flags, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { adminKubeconfigPath, apiServerPaths } from "./paths.ts";

/** The user that the API server is to kubelets, to etcd and to aggregated API servers. */
export const apiServerUser = "kube-apiserver";

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ */
export function apiServerFlags(plan: ClusterPlan, node: NodePlan): Flags {
  const paths = apiServerPaths;
  const etcd = etcdMembersFor(plan, node);
  const { times } = plan.etcd;
  return {
    "advertise-address": node.address,
    // Not at every address: a load balancer, which may come to this node later, has the port at the one that is shared.
    "bind-address": node.address,
    "secure-port": plan.api.port,
    "allow-privileged": true,
    "anonymous-auth": false,
    "authorization-mode": "Node,RBAC",
    "client-ca-file": clusterAuthorityPath,
    "enable-admission-plugins": "NodeRestriction",
    "admission-control-config-file": paths.admission,
    "enable-bootstrap-token-auth": false,
    "encryption-provider-config": paths.encryption,
    "encryption-provider-config-automatic-reload": true,
    // An API server that shares its machine with a member of etcd asks that one.
    "etcd-servers": etcd.map(({ clientUrl }) => clientUrl).join(","),
    "etcd-cafile": paths.etcdAuthority,
    "etcd-certfile": paths.etcdClientCert,
    "etcd-keyfile": paths.key,
    ...(times === undefined
      ? {}
      : {
          "etcd-healthcheck-timeout": `${times.checkSeconds}s`,
          "etcd-readycheck-timeout": `${times.checkSeconds}s`,
        }),
    "event-ttl": "1h",
    "kubelet-certificate-authority": clusterAuthorityPath,
    "kubelet-client-certificate": paths.cert,
    "kubelet-client-key": paths.key,
    "kubelet-preferred-address-types": "InternalIP",
    "proxy-client-cert-file": paths.frontProxyClientCert,
    "proxy-client-key-file": paths.key,
    "requestheader-allowed-names": apiServerUser,
    "requestheader-client-ca-file": frontProxyAuthorityPath,
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "service-account-issuer": `https://kubernetes.default.svc.${plan.network.clusterDomain}`,
    "service-account-key-file": serviceAccountPublicKeyPath,
    "service-account-signing-key-file": serviceAccountKeyPath,
    "service-account-extend-token-expiration": false,
    "service-cluster-ip-range": plan.network.services,
    "service-node-port-range": "30000-32767",
    "tls-cert-file": paths.cert,
    "tls-private-key-file": paths.key,
    "tls-min-version": "VersionTLS12",
    "tls-cipher-suites": tlsCipherSuites,
    "audit-policy-file": paths.auditPolicy,
    "audit-log-path": paths.auditLog,
    "audit-log-maxage": 30,
    "audit-log-maxbackup": 10,
    "audit-log-maxsize": 100,
    // It says that it is going before it goes, so that the load balancers send nobody here any more.
    ...(plan.loadBalancer === undefined ? {} : { "shutdown-delay-duration": "5s" }),
    profiling: false,
  };
}

/** An API server that shares its machine with a member of etcd asks that one: what fails there fails for both. */
function etcdMembersFor(plan: ClusterPlan, node: NodePlan): ClusterPlan["etcd"]["members"] {
  const member = plan.etcd.members.find(({ name }) => name === node.name);
  return member === undefined ? plan.etcd.members : [member];
}

/** Forward secrecy and authenticated encryption only; TLS 1.3 has no others. */
export const tlsCipherSuites = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
].join(",");

/** Who did what to what, without the contents of Secrets and without the noise of watches and health checks. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    // First, so that no rule below hides who read a Secret: a node that was broken into would show here.
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

/** Every namespace may say more; what it doesn't say is warned about, not refused, as a fresh cluster should. */
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

/** What stands in etcd in place of a Secret's text. The key is the program's; identity reads what came before. */
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

/** One API server after the other, and only while all others serve. */
function inTurn(plan: ClusterPlan, node: NodePlan): string {
  const others = plan.nodes.filter((other) => isControlPlane(other) && other.name !== node.name);
  if (others.length === 0) return "";
  const { etcdAuthority: authority, etcdClientCert: cert, key } = apiServerPaths;
  return `${etcdctlEnvironment(etcdMembersFor(plan, node), { authority, cert, key })}turn=kube-apiserver
others_well() { ${others.map((other) => `serves ${ownApiUrl(other)}`).join(" && ")}; }
`;
}

/** What the lock of `inTurn` is taken with; on a member of etcd it is there. */
function provideEtcdctl(plan: ClusterPlan): string {
  const { etcd } = plan.artifacts;
  const source = `etcd-${etcd.version}-linux-amd64/etcdctl`;
  return provide(etcd, { [source]: "/usr/local/bin/etcdctl" });
}

export function renderApiServer(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = apiServerPaths;
  const hasMember = plan.etcd.members.some(({ name }) => name === node.name);
  const needsEtcdctl = !hasMember && plan.nodes.filter(isControlPlane).length > 1;
  const unit = renderUnit({
    Unit: {
      Description: "Kubernetes API server",
      Documentation: "https://kubernetes.io/docs/concepts/architecture/#kube-apiserver",
      Wants: "network-online.target",
      After: ["network-online.target", "etcd.service"],
      // When etcd is restarted, this goes first and comes back behind it: nobody asks it meanwhile. Not Requires: with it, where
      // etcd's first start fails (no quorum yet after a power cut), systemd gives this up too, and nothing starts it again.
      ...(hasMember ? { PartOf: "etcd.service" } : {}),
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "notify",
      TimeoutStartSec: 900,
      ExecStart: commandLine(
        paths.program,
        apiServerFlags(plan, node),
        node.flags["kube-apiserver"],
      ),
      ...restarts,
      LimitNOFILE: 65_536,
      OOMScoreAdjust: -999,
      ...hardening,
      // Keys and configuration are root's alone, and so is the audit log.
      ReadWritePaths: "/var/log/kubernetes",
    },
  });
  return {
    name: "kube-apiserver",
    create: `# The API server: the only one that speaks to etcd, the one everybody else speaks to.
mkdir -p -m 700 /var/log/kubernetes
put_secrets
${putFile(paths.auditPolicy, nodeYaml(auditPolicy), "600")}
${putFile(paths.admission, nodeYaml(admission), "600")}
${provide(plan.artifacts["kube-apiserver"], { "kube-apiserver": paths.program })}
${provide(plan.artifacts.kubectl, { kubectl: "/usr/local/bin/kubectl" })}
${needsEtcdctl ? provideEtcdctl(plan) : ""}${putFile("/etc/systemd/system/kube-apiserver.service", unit, "600")}
serves() { curl --silent --fail --max-time 10 --cacert ${clusterAuthorityPath} --cert ${paths.cert} --key ${paths.key} "$1/readyz"; }
ready() { serves ${ownApiUrl(node)}; }
${inTurn(plan, node)}converge kube-apiserver.service 600 ready ${[
      paths.program,
      paths.auditPolicy,
      paths.admission,
      paths.cert,
      paths.key,
      paths.etcdAuthority,
      paths.etcdClientCert,
      paths.frontProxyClientCert,
      clusterAuthorityPath,
      frontProxyAuthorityPath,
      serviceAccountKeyPath,
      serviceAccountPublicKeyPath,
      paths.encryption,
    ].join(" ")}
`,
    delete: `remove_unit kube-apiserver.service
rm -rf ${[
      paths.program,
      "/usr/local/bin/kubectl",
      "/opt/hardway/bin/kube-apiserver",
      "/opt/hardway/bin/kubectl",
      ...(needsEtcdctl ? ["/usr/local/bin/etcdctl", "/opt/hardway/bin/etcd"] : []),
      paths.auditPolicy,
      paths.admission,
      paths.encryption,
      paths.cert,
      paths.key,
      paths.etcdAuthority,
      paths.etcdClientCert,
      paths.frontProxyClientCert,
      frontProxyAuthorityPath,
      serviceAccountKeyPath,
      serviceAccountPublicKeyPath,
      adminKubeconfigPath,
      "/var/log/kubernetes",
    ].join(" ")}
`,
  };
}
