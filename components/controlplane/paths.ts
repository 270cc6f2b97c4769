import { keyPairPaths, pkiDirectory } from "../pki/paths.ts";

/** Paths of the control plane's files on its nodes. */
export const apiServerPaths = {
  program: "/usr/local/bin/kube-apiserver",
  ...keyPairPaths("apiserver"),
  etcdAuthority: `${pkiDirectory}/etcd-ca.crt`,
  etcdClientCert: `${pkiDirectory}/apiserver-etcd-client.crt`,
  frontProxyClientCert: `${pkiDirectory}/front-proxy-client.crt`,
  admission: "/etc/kubernetes/admission.yaml",
  auditPolicy: "/etc/kubernetes/audit-policy.yaml",
  auditLog: "/var/log/kubernetes/audit.log",
  encryption: "/etc/kubernetes/encryption.yaml",
} as const;

export const controllerManagerPaths = {
  program: "/usr/local/bin/kube-controller-manager",
  kubeconfig: "/etc/kubernetes/controller-manager.conf",
  ...keyPairPaths("controller-manager"),
} as const;

export const schedulerPaths = {
  program: "/usr/local/bin/kube-scheduler",
  kubeconfig: "/etc/kubernetes/scheduler.conf",
  config: "/etc/kubernetes/scheduler.yaml",
  ...keyPairPaths("scheduler"),
} as const;

/** For users on the control plane, and for the steps that register nodes. */
export const adminKubeconfigPath = "/etc/kubernetes/admin.conf";
