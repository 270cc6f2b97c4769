/**
 * The directory of certificates and keys on a node, the same as in kubeadm and the CIS benchmark.
 */
export const pkiDirectory = "/etc/kubernetes/pki";

export const clusterAuthorityPath = `${pkiDirectory}/ca.crt`;
export const clusterAuthorityKeyPath = `${pkiDirectory}/ca.key`;
export const frontProxyAuthorityPath = `${pkiDirectory}/front-proxy-ca.crt`;
export const serviceAccountKeyPath = `${pkiDirectory}/sa.key`;
export const serviceAccountPublicKeyPath = `${pkiDirectory}/sa.pub`;

/** A component's own key pair on its node. */
export function keyPairPaths(component: string): { readonly cert: string; readonly key: string } {
  return { cert: `${pkiDirectory}/${component}.crt`, key: `${pkiDirectory}/${component}.key` };
}
