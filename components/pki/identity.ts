import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { SecretFile } from "../remote/script.ts";
import { type Authority, ecdsa } from "./authorities.ts";

/** What a certificate may be used for (RFC 5280, 4.2.1.12). */
export type Use = "client" | "server";

export interface IdentityArgs {
  readonly plan: ClusterPlan;
  readonly commonName: string;
  /** Kubernetes reads it as the group. */
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Who vouches for this identity, and for what. The first is the main one. */
  readonly signers: readonly {
    readonly name?: string;
    readonly authority: Authority;
    readonly uses: readonly Use[];
  }[];
}

/** One process's proof of who it is: one key, one request, a certificate from each authority it meets. */
export interface Identity {
  readonly keyPem: pulumi.Output<string>;
  /** In the order of `signers`. */
  readonly certPems: readonly pulumi.Output<string>[];
}

/** Issues an identity: 2 resources and one for each signer, renewed by the first `up` inside the renewal window. */
export function issueIdentity(
  name: string,
  args: IdentityArgs,
  opts: pulumi.CustomResourceOptions,
): Identity {
  const key = new tls.PrivateKey(name, ecdsa, opts);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      subject: {
        commonName: args.commonName,
        ...(args.organization === undefined ? {} : { organization: args.organization }),
      },
      ...(args.dnsNames === undefined ? {} : { dnsNames: [...args.dnsNames] }),
      ...(args.ipAddresses === undefined ? {} : { ipAddresses: [...args.ipAddresses] }),
    },
    opts,
  );
  const { leafHours, renewalHours } = args.plan.certificates;
  const certPems = args.signers.map(
    (signer) =>
      new tls.LocallySignedCert(
        signer.name === undefined ? name : `${name}-${signer.name}`,
        {
          certRequestPem: request.certRequestPem,
          caCertPem: signer.authority.certPem,
          caPrivateKeyPem: signer.authority.keyPem,
          allowedUses: [
            "digital_signature",
            ...signer.uses.map((use) => (use === "client" ? "client_auth" : "server_auth")),
          ],
          setSubjectKeyId: true,
          validityPeriodHours: leafHours,
          earlyRenewalHours: renewalHours,
        },
        opts,
      ).certPem,
  );
  return { keyPem: key.privateKeyPem, certPems };
}

/** A PEM file for a step; certificates go the same way as keys, since neither is known before the graph runs. */
export function pemFile(
  path: string,
  content: pulumi.Output<string>,
  mode: "600" | "644" = "600",
  owner = "root:root",
): SecretFile<pulumi.Output<string>> {
  return { path, mode, owner, content };
}
