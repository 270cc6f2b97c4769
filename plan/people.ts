import type { Lab } from "../model/lab.ts";

/** A cluster user other than the administrator. */
export interface PersonPlan {
  /** The user's name in the cluster: the certificate's common name. */
  readonly name: string;
  /** The certificate's organization, if any. */
  readonly group?: string;
  /** The name of a default ClusterRole. */
  readonly role: string;
  /** The namespace of the role; unset for the whole cluster. */
  readonly namespace?: string;
  readonly validityHours: number;
  /** The first `up` within this time before the certificate's end renews it. */
  readonly renewalHours: number;
}

/**
 * A certificate is renewed in its last third at the earliest: `certificates.renewalHours` alone
 * would renew a shorter one at each `up`.
 */
export function planPeople({ people, certificates }: Lab): PersonPlan[] {
  return Object.entries(people).map(([name, { group, role, namespace, validityHours }]) => ({
    name,
    ...(group === undefined ? {} : { group }),
    role,
    ...(namespace === undefined ? {} : { namespace }),
    validityHours,
    renewalHours: Math.min(certificates.renewalHours, Math.floor(validityHours / 3)),
  }));
}
