import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { PersonPlan } from "../../plan/people.ts";
import { ecdsa } from "./authorities.ts";

/** A person's key, and what the cluster is asked to vouch for. */
export interface PersonRequest {
  readonly keyPem: pulumi.Output<string>;
  /** Another value means another key. */
  readonly keyId: pulumi.Output<string>;
  /** PKCS #10, PEM. */
  readonly requestPem: pulumi.Output<string>;
  /** When the certificate's term began, RFC 3339. Another value means that another certificate is due. */
  readonly termBegan: pulumi.Output<string>;
}

/**
 * A request that is signed elsewhere: 3 resources.
 *
 * What the cluster signs the plan knows nothing of, nor of the time. The tls provider does: a certificate of its own with
 * the same term, signed by the person's own key and trusted by nobody, is replaced when it comes due, shows that in the
 * preview, and takes the real one with it.
 */
export function requestForPerson(
  person: PersonPlan,
  opts: pulumi.CustomResourceOptions,
): PersonRequest {
  const { name, group, validityHours, renewalHours } = person;
  const key = new tls.PrivateKey(name, ecdsa, opts);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      // One group, since the provider takes one organization.
      subject: { commonName: name, ...(group === undefined ? {} : { organization: group }) },
    },
    opts,
  );
  const term = new tls.SelfSignedCert(
    `${name}-term`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `the term of ${name}'s certificate` },
      allowedUses: [],
      validityPeriodHours: validityHours,
      earlyRenewalHours: renewalHours,
    },
    opts,
  );
  return {
    keyPem: key.privateKeyPem,
    keyId: key.id,
    requestPem: request.certRequestPem,
    termBegan: term.validityStartTime,
  };
}
