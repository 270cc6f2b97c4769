import type * as pulumi from "@pulumi/pulumi";
import type { Authorities, AuthorityName } from "./authorities.ts";

/** A process's identity: one key, and a certificate from each authority that signs it. */
export interface Identity<Signer extends AuthorityName = AuthorityName> {
  /** PEM. A secret. */
  readonly keyPem: pulumi.Output<string>;
  /** PEM, by the signing authority. */
  readonly certPem: Readonly<Record<Signer, pulumi.Output<string>>>;
}

/** What a component's files may hold of the cluster's keys and certificates. */
export interface Credentials<Signer extends AuthorityName> extends Identity<Signer> {
  readonly authorities: Authorities;
  /** The administrator's kubeconfig. A secret. */
  readonly adminKubeconfig: pulumi.Output<string>;
}
