import { keyPairPaths, pkiDirectory } from "../pki/paths.ts";

/** Where the control plane's files stand on its nodes. */
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

/** What a person on the control plane uses; and so do the steps that register nodes. */
export const adminKubeconfigPath = "/etc/kubernetes/admin.conf";
