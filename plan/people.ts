import type { Lab } from "../model/lab.ts";

/** Somebody who uses the cluster besides its administrator. */
export interface PersonPlan {
  /** The user's name in the cluster: the certificate's common name. */
  readonly name: string;
  /** The certificate's organization, where there is one. */
  readonly group?: string;
  /** A ClusterRole that every cluster has. */
  readonly role: string;
  /** Where the role holds; everywhere unless given. */
  readonly namespace?: string;
  readonly validityHours: number;
  /** The first `up` this long before the certificate's end renews it. */
  readonly renewalHours: number;
}

/**
 * The people of a lab. A certificate is due in its last third, and not before `certificates.renewalHours`: with that alone,
 * one that is valid for no longer would be due from its first day.
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
