import { quote } from "../../base/wording.ts";
import type { Taint } from "../../model/taints.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { namePattern } from "../schema/node.ts";
import { addressRules } from "./nodeAddressRules.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { roleSetRules } from "./roleSetRules.ts";
import { schedulingRules } from "./schedulingRules.ts";

type Config = Draft<ClusterConfig>;

/** Every broken rule about nodes: their set, names, roles, hardware and addresses. */
export function nodeRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  return [
    ...roleSetRules(config, groups),
    ...groups.flatMap((group) => [
      ...nameRules(group),
      ...roleRules(group),
      ...hardwareRules(config, group),
      ...nodeObjectRules(group),
    ]),
    ...schedulingRules(groups),
    ...nameClashes(config, groups),
    ...addressRules(config, groups),
  ];
}

const reservedNames = ["localhost", "kubernetes"];

function nameRules({ keys, name }: NodeGroup): ConfigProblem[] {
  return reservedNames.includes(name)
    ? [problemAt(keys, `${name} is a reserved name; choose another`)]
    : namePatternRules(keys, name);
}

/** Checks the characters of a name that is a key in the config. */
export function namePatternRules(keys: Keys, name: string): ConfigProblem[] {
  if (namePattern.test(name)) {
    return [];
  }
  const fixed = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 52)
    .replaceAll(/^-|-$/g, "");
  return [
    problemAt(
      keys,
      `the name ${quote(name)} must be at most 52 lower-case letters, digits and '-', with a letter or digit at both ends${fixed === "" ? "" : `; try ${fixed}`}`,
    ),
  ];
}

function roleRules({ keys, settings: { roles = [] } }: NodeGroup): ConfigProblem[] {
  return roles.flatMap((role, index) =>
    roles.indexOf(role) === index
      ? []
      : [problemAt([...keys, "roles", index], `${role} is listed twice; remove one`)],
  );
}

/** As kubeadm's preflight checks: API server, etcd and a kubelet do not run well with less. */
const leastOfControlPlane = { cpus: 2, memoryMiB: 1700 } as const;

const hardwareKeys = ["cpus", "memoryMiB", "diskGiB"] as const;

function hardwareRules(config: Config, group: NodeGroup): ConfigProblem[] {
  const { keys, settings } = group;
  if (settings.host !== undefined) {
    return hardwareKeys
      .filter((key) => settings[key] !== undefined)
      .map((key) =>
        problemAt(
          [...keys, key],
          "hardware of an existing machine cannot be configured; remove it",
        ),
      );
  }
  if (group.settings.roles?.includes("control-plane") !== true) {
    return [];
  }
  return (["cpus", "memoryMiB"] as const).flatMap((key) => {
    const given = key in settings;
    const value = given ? settings[key] : config.machines?.[key];
    const from = given ? "" : ` from machines.${key}`;
    return value === undefined || value >= leastOfControlPlane[key]
      ? []
      : [
          problemAt(
            [...keys, key],
            `a control plane needs ${leastOfControlPlane[key]} or more, got ${value}${from}; raise it`,
          ),
        ];
  });
}

/** Labels and taints that Kubernetes' own components or hardway set. */
const owned = /^(?:[a-z0-9.-]*\.)?(?:kubernetes\.io|k8s\.io|hardway\.io)\//;
/** The exception: labels for additional roles. */
const roleLabel = /^node-role\.kubernetes\.io\//;
const ownRoles = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/worker"];

/** Rejects labels and taints without a Node, and those that others manage. */
function nodeObjectRules({ keys, settings }: NodeGroup): ConfigProblem[] {
  const { roles = [], labels = {}, taints = [] } = settings;
  if (!isNode(settings)) {
    return (["runtime", "kubelet", "kubeProxy", "labels", "taints"] as const)
      .filter((key) => settings[key] !== undefined)
      .map((key) =>
        problemAt(
          [...keys, key],
          `${roles.join(" and ")} alone has no kubelet and no Node; remove it`,
        ),
      );
  }
  const foreign = (name: string) =>
    ownRoles.includes(name) || (owned.test(name) && !roleLabel.test(name));
  const problem = (at: Keys, name: string) =>
    problemAt(at, `${name} is managed by Kubernetes or hardway; choose another name`);
  return [
    ...Object.keys(labels)
      .filter(foreign)
      .map((name) => problem([...keys, "labels", name], name)),
    ...duplicateTaints(keys, taints),
    ...taints.flatMap(({ key }, index) =>
      foreign(key) ? [problem([...keys, "taints", index], key)] : [],
    ),
  ];
}

/** A Node has at most one taint of each key and effect (pkg/util/taints/taints.go). */
function duplicateTaints(keys: Keys, taints: readonly Taint[]): ConfigProblem[] {
  const kinds = taints.map(({ key, effect }) => `${key}:${effect}`);
  return kinds.flatMap((kind, index) => {
    const first = kinds.indexOf(kind);
    return first === index
      ? []
      : [
          problemAt(
            [...keys, "taints", index],
            `${taints[index]} has the key and the effect of ${taints[first]}, and a Node has one value for both; remove one`,
          ),
        ];
  });
}

const nodeRoles: readonly string[] = ["control-plane", "worker"];

/** True if it runs a kubelet, or if its roles are invalid. */
export const isNode = ({ roles }: NodeGroup["settings"]): boolean =>
  roles === undefined || roles.some((role) => nodeRoles.includes(role));

/** Pool nodes' names end in a number, so only a single node can clash with one. */
function nameClashes(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  return groups.flatMap(({ keys, name, pooled }) => {
    const [, pool = "", number = "0"] = /^(.+)-([1-9]\d*)$/.exec(name) ?? [];
    const count = Object.hasOwn(config.pools ?? {}, pool) ? config.pools?.[pool]?.count : undefined;
    return !pooled && Number(number) > 0 && Number(number) <= (count ?? 0)
      ? [
          problemAt(
            keys,
            `${name} is also the name of number ${number} of pools.${pool}; choose another`,
          ),
        ]
      : [];
  });
}
