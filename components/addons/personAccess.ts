import type { PersonPlan } from "../../plan/people.ts";

/**
 * A namespace that people work in. Who may make pods there may not get at its nodes by them: without `baseline`, one
 * privileged pod of somebody with the role `edit` would be the way to everything.
 */
export function teamNamespace(name: string) {
  return { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "baseline" } } };
}

/** What a person may do: a RoleBinding where a namespace is given, else a ClusterRoleBinding. Of the user, not of the group. */
export function personBinding({ name, role, namespace }: PersonPlan) {
  return {
    metadata: {
      name: `hardway:person:${name}`,
      ...(namespace === undefined ? {} : { namespace }),
    },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }],
  };
}
