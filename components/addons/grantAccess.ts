import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { personBinding, teamNamespace } from "./personAccess.ts";

/** Namespaces that are there without anybody making them. */
const givenNamespaces = ["default"];

/** Every person's namespace and role. */
export function grantAccess({ people }: ClusterPlan, options: pulumi.CustomResourceOptions): void {
  const names = new Set(people.flatMap(({ namespace = "default" }) => namespace));
  const namespaces = new Map(
    [...names]
      .filter((name) => !givenNamespaces.includes(name))
      .map((name) => [
        name,
        new kubernetes.core.v1.Namespace(name, teamNamespace(name), {
          ...options,
          // With it would go all that people have made in it, when the last of them leaves the config.
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
      // Without its namespace the API server would refuse it.
      const dependsOn = namespace === undefined ? [] : [namespace];
      new kubernetes.rbac.v1.RoleBinding(name, binding, { ...options, dependsOn });
    }
  }
}
