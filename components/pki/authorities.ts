import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { userKeyResource } from "../../model/names.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";

/** The authorities, none of which trusts another. */
export type AuthorityName = "cluster" | "etcd" | "frontProxy";

/** What a certificate may be used for: its extended key usage (RFC 5280, 4.2.1.12). */
export type Use = "client" | "server";

/** A certificate authority: its certificate is public, its key only for signing. */
export interface Authority {
  readonly certPem: pulumi.Output<string>;
  readonly keyPem: pulumi.Output<string>;
}

export interface AuthoritiesArgs {
  readonly plan: ClusterPlan;
}

/**
 * The secrets that everything else depends on and that cannot be recreated: the keys of three
 * authorities that do not trust each other, the key that signs service accounts' tokens, and the
 * key that encrypts Secrets in etcd. All are protected: `pulumi destroy` refuses until they are
 * unprotected (`./lab destroy` does it).
 *
 * An authority's certificate limits how long its key is valid. It is renewed like any other, with
 * the same key and name, so certificates that it signed before stay valid.
 */
export class Authorities
  extends pulumi.ComponentResource
  implements Readonly<Record<AuthorityName, Authority>>
{
  /** Signs every identity for the API server and kubelets. */
  readonly cluster: Authority;
  /**
   * Signs etcd's members and the API servers as their clients: no other component may connect to
   * etcd.
   */
  readonly etcd: Authority;
  /** Signs the API server's identity for aggregated API servers. */
  readonly frontProxy: Authority;
  /** PEM, the private half. */
  readonly serviceAccountKey: pulumi.Output<string>;
  readonly serviceAccountPublicKey: pulumi.Output<string>;
  /** 32 bytes in base64, for the secretbox provider. */
  readonly encryptionKey: pulumi.Output<string>;
  /** The program's login key for machines. */
  readonly sshUser: tls.PrivateKey;
  /**
   * Deleted only with the whole cluster; steps that remove something inside the cluster are skipped
   * then.
   */
  readonly lifetime: pulumi.Resource;

  constructor(name: string, args: AuthoritiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:pki:Authorities", name, {}, opts);
    const { authorityHours, renewalHours } = args.plan.certificates;
    const kept = { parent: this, protect: true };

    const authority = (commonName: string) => {
      const key = new tls.PrivateKey(commonName, ecdsa, kept);
      const cert = new tls.SelfSignedCert(
        commonName,
        {
          privateKeyPem: key.privateKeyPem,
          isCaCertificate: true,
          setSubjectKeyId: true,
          subject: { commonName },
          allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
          validityPeriodHours: authorityHours,
          earlyRenewalHours: renewalHours,
        },
        { parent: this },
      );
      return { key, authority: { certPem: cert.certPem, keyPem: key.privateKeyPem } };
    };

    const cluster = authority("kubernetes-ca");
    this.cluster = cluster.authority;
    this.lifetime = cluster.key;
    this.etcd = authority("etcd-ca").authority;
    this.frontProxy = authority("front-proxy-ca").authority;

    const serviceAccounts = new tls.PrivateKey("service-accounts", ecdsa, kept);
    this.serviceAccountKey = serviceAccounts.privateKeyPem;
    this.serviceAccountPublicKey = serviceAccounts.publicKeyPem;

    this.encryptionKey = new tls.PrivateKey(
      "encryption-at-rest",
      { algorithm: "ED25519" },
      kept,
    ).privateKeyPem.apply(secretboxKey);

    this.sshUser = new tls.PrivateKey(userKeyResource, { algorithm: "ED25519" }, { parent: this });
    this.registerOutputs();
  }
}

/** NIST P-256: as strong as RSA-3072, and cheap where the processor is emulated. */
export const ecdsa = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/**
 * An Ed25519 private key is 32 random bytes, the last of its PKCS #8 form (RFC 8410, section 7):
 * exactly what secretbox needs, so no provider for random keys is needed.
 */
export function secretboxKey(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return der.subarray(-32).toString("base64");
}
