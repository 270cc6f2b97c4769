import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { personBinding, teamNamespace } from "./personAccess.ts";

/** Namespaces that every cluster has. */
const givenNamespaces = ["default"];

/** Each user's namespace and role binding. */
export function grantAccess({ people }: ClusterPlan, options: pulumi.CustomResourceOptions): void {
  const names = new Set(people.flatMap(({ namespace = "default" }) => namespace));
  const namespaces = new Map(
    [...names]
      .filter((name) => !givenNamespaces.includes(name))
      .map((name) => [
        name,
        new kubernetes.core.v1.Namespace(name, teamNamespace(name), {
          ...options,
          // Deleting the namespace, when its last user leaves the config, would delete everything
          // in it.
          retainOnDelete: true,
        }),
      ]),
  );
  for (const person of people) {
    const name = `person-${person.name}`;
    const binding = personBinding(person);
    const namespace = namespaces.get(person.namespace ?? "");
    if (person.namespace === undefined) {
      new kubernetes.rbac.v1.ClusterRoleBinding(name, binding, options);
    } else {
      // The API server refuses a binding whose namespace does not exist.
      const dependsOn = namespace === undefined ? [] : [namespace];
      new kubernetes.rbac.v1.RoleBinding(name, binding, { ...options, dependsOn });
    }
  }
}
