import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { type Authorities, type AuthorityName, ecdsa, type Use } from "./authorities.ts";
import type { Identity } from "./credentials.ts";

export interface IdentityArgs<Signer extends AuthorityName> {
  readonly plan: ClusterPlan;
  readonly authorities: Authorities;
  readonly commonName: string;
  /** Kubernetes reads it as the group. */
  readonly organization?: string | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  /** The authorities that sign it, and the uses of each certificate. The first is the main one. */
  readonly signedBy: Readonly<Record<Signer, readonly Use[]>>;
}

/** The suffix of the certificate's name, for an authority that is not the main one. */
const certificateSuffix: Readonly<Record<AuthorityName, string>> = {
  cluster: "cluster-client",
  etcd: "etcd-client",
  frontProxy: "front-proxy-client",
};

/**
 * Issues an identity: 2 resources and one for each signer, renewed by the first `up` inside the
 * renewal window.
 */
export function issueIdentity<Signer extends AuthorityName>(
  name: string,
  args: IdentityArgs<Signer>,
  opts: pulumi.CustomResourceOptions,
): Identity<Signer> {
  const { organization, dnsNames, ipAddresses } = args;
  const key = new tls.PrivateKey(name, ecdsa, opts);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      subject: {
        commonName: args.commonName,
        ...(organization === undefined ? {} : { organization }),
      },
      ...(dnsNames === undefined ? {} : { dnsNames: [...dnsNames] }),
      ...(ipAddresses === undefined ? {} : { ipAddresses: [...ipAddresses] }),
    },
    opts,
  );
  const { leafHours, renewalHours } = args.plan.certificates;
  const certificates = (Object.keys(args.signedBy) as Signer[]).map((signer, index) => {
    const authority = args.authorities[signer];
    const { certPem } = new tls.LocallySignedCert(
      index === 0 ? name : `${name}-${certificateSuffix[signer]}`,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: authority.certPem,
        caPrivateKeyPem: authority.keyPem,
        allowedUses: ["digital_signature", ...args.signedBy[signer].map((use) => `${use}_auth`)],
        setSubjectKeyId: true,
        validityPeriodHours: leafHours,
        earlyRenewalHours: renewalHours,
      },
      opts,
    );
    return [signer, certPem] as const;
  });
  return {
    keyPem: key.privateKeyPem,
    certPem: Object.fromEntries(certificates) as Record<Signer, pulumi.Output<string>>,
  };
}
