import { z } from "zod";
import { choice, expected, integer, section, text } from "./values.ts";

/** ClusterRoles that every cluster has: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
const roles = ["view", "edit", "admin", "cluster-admin"] as const;

/** Users of the cluster, by name. Rules between their values are in `peopleRules.ts`. */
export const peopleSection = z
  .record(
    z.string(),
    section("role, and maybe namespace, group, validityHours", {
      role: choice(roles).describe("The user's ClusterRole"),
      // RFC 1123 label, as Kubernetes wants it.
      namespace: text(
        "a namespace's name like team-a: at most 63 lower-case letters, digits and '-', with a letter or digit at both ends",
        /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      )
        .optional()
        .describe(
          "The namespace that the role is limited to, created if it does not exist; by default the role applies to all namespaces",
        ),
      // X.509 limits an organization, from which Kubernetes reads the group, to 64 characters.
      group: text(
        "a group's name like developers: at most 64 letters, digits and any of -_.:@, with a letter or digit at both ends",
        /^[A-Za-z0-9]([-A-Za-z0-9_.:@]{0,62}[A-Za-z0-9])?$/,
      )
        .optional()
        .describe("The user's group, for role bindings that you create"),
      // The controller manager signs for a year at most (its --cluster-signing-duration).
      validityHours: integer("hours", 1, 8_760)
        .default(720)
        .describe("Validity of the user's certificate; `up` renews it before it expires"),
    }),
    expected("a mapping of names to people"),
  )
  .default({});
