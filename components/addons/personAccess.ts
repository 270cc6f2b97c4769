import type { PersonPlan } from "../../plan/people.ts";

/**
 * A namespace for users. `baseline` keeps its pods from the nodes: without it, a user with the role
 * `edit` could create a privileged pod and control the whole cluster.
 */
export function teamNamespace(name: string) {
  return { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "baseline" } } };
}

/**
 * A user's access: a RoleBinding if a namespace is given, else a ClusterRoleBinding. The subject is
 * the user, not the group.
 */
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
