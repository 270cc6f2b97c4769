import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { PersonPlan } from "../../plan/people.ts";
import { ecdsa } from "./authorities.ts";

/** A user's key, and the request that the cluster signs. */
export interface PersonRequest {
  readonly keyPem: pulumi.Output<string>;
  /** Changes with the key. */
  readonly keyId: pulumi.Output<string>;
  /** PKCS #10, PEM. */
  readonly requestPem: pulumi.Output<string>;
  /**
   * When the certificate's term began, RFC 3339. A new value means that a new certificate is due.
   */
  readonly termBegan: pulumi.Output<string>;
}

/**
 * A request that is signed elsewhere: 3 resources.
 *
 * The plan knows neither the certificates that the cluster signs nor the time; the tls provider
 * knows both for its own. So a certificate with the same term, signed by the user's own key and
 * trusted by no component, is replaced when it is due, shows that in the preview, and causes the
 * real one to be replaced.
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
      // One group: the provider supports one organization.
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
