import { type ConfigProblem, type Keys, pathText, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { duration, seconds } from "../schema/settings.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { namePatternRules } from "./nodeRules.ts";

type Config = Draft<ClusterConfig>;

/** Users with a certificate of the cluster's CA: a person with that name would be that user. */
const ownUsers = ["kubernetes-admin", "kube-apiserver", "haproxy"];

/**
 * Every broken rule about people: reserved names, and certificates that would expire before
 * renewal.
 */
export function peopleRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const { people = {}, certificates } = config;
  const signing = shortestSigning(config, groups);
  return Object.entries(people).flatMap(([name, person = {}]) => {
    const keys = ["people", name];
    const { namespace, group, validityHours } = person;
    const authorityHours = certificates?.authorityHours;
    return [
      ...(ownUsers.includes(name)
        ? [problemAt(keys, `${name} is a user of the cluster itself; choose another name`)]
        : namePatternRules(keys, name)),
      ...(namespace === undefined ? [] : namespaceRules([...keys, "namespace"], namespace)),
      ...(group?.startsWith("system:") === true
        ? [
            problemAt(
              [...keys, "group"],
              `${group} is reserved by Kubernetes, like every group that begins with system:; choose another, like developers`,
            ),
          ]
        : []),
      ...(validityHours !== undefined &&
      authorityHours !== undefined &&
      validityHours > authorityHours
        ? [
            problemAt(
              [...keys, "validityHours"],
              `${validityHours} is more than certificates.authorityHours ${authorityHours}, but no certificate may outlive its CA; lower it`,
            ),
          ]
        : []),
      ...(validityHours === undefined || signing === undefined
        ? []
        : signingRules([...keys, "validityHours"], validityHours, signing)),
    ];
  });
}

interface Signing {
  /** The flag's path in the config. */
  readonly path: string;
  /** The flag's value in the config. */
  readonly value: string;
  readonly hours: number;
}

/**
 * The shortest `cluster-signing-duration` of all controller managers, since any of them may lead;
 * undefined if none is set.
 */
function shortestSigning({ flags }: Config, groups: readonly NodeGroup[]): Signing | undefined {
  return groups
    .filter(({ count, settings }) => count !== 0 && settings.roles?.includes("control-plane"))
    .flatMap(({ keys, settings }) => signingOf(keys, settings.flags) ?? signingOf([], flags) ?? [])
    .sort((a, b) => a.hours - b.hours)[0];
}

/** Undefined if the flags do not set it, or set an invalid duration, which another rule reports. */
function signingOf(place: Keys, flags: Config["flags"]): Signing | undefined {
  const [program, flag] = ["kube-controller-manager", "cluster-signing-duration"] as const;
  const value = String(flags?.[program]?.[flag]);
  return duration.test(value)
    ? {
        path: pathText([...place, "flags", program, flag]),
        value,
        hours: seconds(value) / 3600,
      }
    : undefined;
}

/** Renewal is based on validityHours, even if the signer shortened the certificate's validity. */
function signingRules(keys: Keys, validityHours: number, signing: Signing): ConfigProblem[] {
  const { path, value, hours } = signing;
  const remedy =
    hours < 1 ? "raise the flag" : `lower it to ${Math.floor(hours)}, or raise the flag`;
  return validityHours > hours
    ? [
        problemAt(
          keys,
          `${validityHours} is more than ${path} ${value}, the longest validity that the cluster signs, so the certificate would expire before its renewal; ${remedy}`,
        ),
      ]
    : [];
}

function namespaceRules(keys: readonly string[], namespace: string): ConfigProblem[] {
  if (namespace.startsWith("kube-")) {
    const message = `${namespace} is reserved by Kubernetes, like every namespace that begins with kube-; choose another, like team-a`;
    return [problemAt(keys, message)];
  }
  return namespace === "smoke"
    ? [problemAt(keys, "smoke is the namespace of the smoke check; choose another, like team-a")]
    : [];
}
