import { namePatternRules } from "./nodeRules.ts";
import { type ConfigProblem, problemAt } from "./problem.ts";
import type { Draft } from "./salvage.ts";
import type { ClusterConfig } from "./schema.ts";

type Config = Draft<ClusterConfig>;

/** Users that the cluster's authority vouches for already: a person of that name would be them. */
const ownUsers = ["kubernetes-admin", "kube-apiserver", "haproxy"];

/** Every broken rule about people: names that are others', and certificates that would outlive their authority. */
export function peopleRules({ people = {}, certificates }: Config): ConfigProblem[] {
  return Object.entries(people).flatMap(([name, person = {}]) => {
    const keys = ["people", name];
    const { namespace, group, validityHours } = person;
    const authorityHours = certificates?.authorityHours;
    return [
      ...(ownUsers.includes(name)
        ? [problemAt(keys, `${name} is a user of the cluster's own; choose another name`)]
        : namePatternRules(keys, name)),
      ...(namespace === undefined ? [] : namespaceRules([...keys, "namespace"], namespace)),
      ...(group?.startsWith("system:") === true
        ? [
            problemAt(
              [...keys, "group"],
              `${group} is Kubernetes' own, as every group that begins with system:; choose another, like developers`,
            ),
          ]
        : []),
      ...(validityHours !== undefined &&
      authorityHours !== undefined &&
      validityHours > authorityHours
        ? [
            problemAt(
              [...keys, "validityHours"],
              `${validityHours} is more than certificates.authorityHours ${authorityHours}, but no certificate outlives its authority; lower it`,
            ),
          ]
        : []),
    ];
  });
}

function namespaceRules(keys: readonly string[], namespace: string): ConfigProblem[] {
  if (namespace.startsWith("kube-")) {
    const message = `${namespace} is Kubernetes' own, as every namespace that begins with kube-; choose another, like team-a`;
    return [problemAt(keys, message)];
  }
  return namespace === "smoke"
    ? [problemAt(keys, "smoke is the smoke check's; choose another, like team-a")]
    : [];
}
