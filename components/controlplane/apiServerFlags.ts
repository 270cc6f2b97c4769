import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import {
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
  serviceAccountPublicKeyPath,
} from "../pki/paths.ts";
import type { ProgramFlags } from "../remote/unit.ts";
import { apiServerPaths as paths } from "./paths.ts";

/** The API server's user name at kubelets, etcd and aggregated API servers. */
export const apiServerUser = "kube-apiserver";

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ */
export function apiServerFlags(plan: ClusterPlan, node: NodePlan): ProgramFlags<"kube-apiserver"> {
  const etcd = etcdMembersFor(plan, node);
  const { times } = plan.etcd;
  return {
    managed: {
      "advertise-address": node.address,
      // Not 0.0.0.0: a load balancer, which may be added to this node later, uses the port at the
      // VIP.
      "bind-address": node.address,
      "secure-port": plan.api.port,
      "allow-privileged": true,
      "anonymous-auth": false,
      "authorization-mode": "Node,RBAC",
      "client-ca-file": clusterAuthorityPath,
      "admission-control-config-file": paths.admission,
      "encryption-provider-config": paths.encryption,
      "encryption-provider-config-automatic-reload": true,
      // On an etcd member's node, the API server uses only that member.
      "etcd-servers": etcd.map(({ clientUrl }) => clientUrl).join(","),
      "etcd-cafile": paths.etcdAuthority,
      "etcd-certfile": paths.etcdClientCert,
      "etcd-keyfile": paths.key,
      "kubelet-certificate-authority": clusterAuthorityPath,
      "kubelet-client-certificate": paths.cert,
      "kubelet-client-key": paths.key,
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
      "service-cluster-ip-range": String(plan.network.services),
      "tls-cert-file": paths.cert,
      "tls-private-key-file": paths.key,
      "audit-log-path": paths.auditLog,
    },
    defaults: {
      "enable-admission-plugins": "NodeRestriction",
      "enable-bootstrap-token-auth": false,
      ...(times === undefined
        ? {}
        : {
            "etcd-healthcheck-timeout": `${times.checkSeconds}s`,
            "etcd-readycheck-timeout": `${times.checkSeconds}s`,
          }),
      "event-ttl": "1h",
      "kubelet-preferred-address-types": "InternalIP",
      "service-account-extend-token-expiration": false,
      "service-node-port-range": "30000-32767",
      "tls-min-version": "VersionTLS12",
      "tls-cipher-suites": tlsCipherSuites,
      "audit-policy-file": paths.auditPolicy,
      "audit-log-maxage": 30,
      "audit-log-maxbackup": 10,
      "audit-log-maxsize": 100,
      // /readyz fails before the server stops accepting requests, so that load balancers stop
      // sending new ones.
      ...(plan.loadBalancer === undefined ? {} : { "shutdown-delay-duration": "5s" }),
      profiling: false,
    },
  };
}

/**
 * On an etcd member's node, the API server uses only that member: if the machine fails, both fail.
 */
export function etcdMembersFor(plan: ClusterPlan, node: NodePlan): ClusterPlan["etcd"]["members"] {
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
