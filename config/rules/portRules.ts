import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { isNode } from "./nodeRules.ts";
import { type PortRange, portRange, portsOf, type UsedPort } from "./ports.ts";
import { distinct } from "./settingRules.ts";

type Config = Draft<ClusterConfig>;

interface UsedPorts {
  readonly group: NodeGroup;
  readonly ports: readonly UsedPort[];
}

/** Ports that two programs of one node would listen on. */
export function portRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const someHaveEtcd = groups.some(
    ({ count, settings }) => count !== 0 && settings.roles?.includes("etcd") === true,
  );
  const used = groups.map((group) => ({ group, ports: portsOf(config, group, someHaveEtcd) }));
  return distinct([
    ...used.flatMap((one) => clashes(config, one)),
    ...nodePortClashes(config, used),
    ...ingressRules(config, used),
    ...rangeRules(config, used),
  ]);
}

/** Ports that the user chose for a kubelet or an existing machine's SSH server. */
function clashes({ kubelet }: Config, { group, ports }: UsedPorts): ConfigProblem[] {
  return ports.flatMap((chosen, index) =>
    ports
      .filter((other, place) => place !== index && other.port === chosen.port)
      .filter(
        (other) =>
          chosen.key !== undefined && (other.key === undefined || chosen.key === "kubelet"),
      )
      .map((other) => {
        const isOwn = chosen.key === "host" || group.settings.kubelet?.port !== undefined;
        const keys: Keys =
          chosen.key === "host"
            ? [...group.keys, "host", "port"]
            : [...(isOwn ? group.keys : []), "kubelet", "port"];
        const isSet = chosen.key === "host" || isOwn || kubelet?.port !== undefined;
        return problemAt(
          isSet ? keys : [...group.keys, "roles"],
          `${chosen.port} is also the port of ${other.owner} on ${group.path}; choose another for ${chosen.owner}`,
        );
      }),
  );
}

/**
 * Kubelets' ports among NodePorts, which only Nodes have. Their range is the default one unless a
 * flag moves it. An SSH port may be there: it is often forwarded, and a Service takes it only if it
 * asks for exactly this one.
 */
function nodePortClashes({ flags, kubelet }: Config, used: readonly UsedPorts[]): ConfigProblem[] {
  const isMoved = [flags, ...used.map(({ group }) => group.settings.flags)].some(
    (own) => own?.[program]?.[flag] !== undefined,
  );
  if (isMoved) return [];
  return used
    .filter(({ group }) => isNode(group.settings))
    .flatMap(({ group, ports }) =>
      ports
        .filter(({ port, key }) => key === "kubelet" && port >= 30_000 && port <= 32_767)
        .map(({ port, owner }) => {
          const isOwn = group.settings.kubelet?.port !== undefined;
          const inNode = isOwn || kubelet === undefined ? group.keys : [];
          return problemAt(
            [...inNode, "kubelet", "port"],
            `${port} is among the NodePorts 30000-32767, which take it from ${owner}; choose another`,
          );
        }),
    );
}

/** The ingress controller's ports on workers. */
function ingressRules({ ingress = {} }: Config, used: readonly UsedPorts[]): ConfigProblem[] {
  const { http, https } = ingress;
  const workers = used.filter(
    ({ group }) => group.settings.roles?.includes("worker") === true && group.count !== 0,
  );
  const same =
    http !== undefined && http === https
      ? [
          problemAt(
            ["ingress", "https"],
            `${https} is also ingress.http, but one port serves either HTTP or HTTPS; choose another`,
          ),
        ]
      : [];
  const taken = (["http", "https"] as const).flatMap((key) =>
    workers.flatMap(({ group, ports }) =>
      ports
        .filter(({ port, isLocal }) => port === ingress[key] && isLocal === undefined)
        .slice(0, 1)
        .map(({ port, owner }) =>
          problemAt(
            ["ingress", key],
            `${port} is the port of ${owner} on ${group.path}, which is a worker too; choose another, like ${key === "http" ? 30_080 : 30_443}`,
          ),
        ),
    ),
  );
  return [...same, ...taken.slice(0, 2)];
}

const flag = "service-node-port-range";
const program = "kube-apiserver";

/** NodePorts are taken at every Node's address, before a program there sees the packet. */
function rangeRules({ flags }: Config, used: readonly UsedPorts[]): ConfigProblem[] {
  const given = [
    { keys: ["flags", program, flag] as Keys, flags: flags?.[program] },
    ...used.map(({ group }) => ({
      keys: [...group.keys, "flags", program, flag],
      flags: group.settings.flags?.[program],
    })),
  ];
  return given.flatMap(({ keys, flags: own }) => {
    const text = own?.[flag];
    const range = text === undefined ? undefined : portRange(String(text));
    const fixed = own?.["kubernetes-service-node-port"];
    return range === undefined
      ? []
      : [...overlaps(keys, range, used), ...outside(keys, range, Number(fixed ?? 0))];
  });
}

function overlaps(keys: Keys, range: PortRange, used: readonly UsedPorts[]): ConfigProblem[] {
  const inside = used
    .filter(({ group }) => isNode(group.settings))
    .flatMap(({ ports }) => ports)
    .filter(
      ({ port, isLocal }) => isLocal === undefined && port >= range.first && port <= range.last,
    );
  const names = new Map(inside.map(({ port, owner }) => [port, `${port} of ${owner}`]));
  return names.size === 0
    ? []
    : [
        problemAt(
          keys,
          `${range.first}-${range.last} contains ports that nodes listen on: ${[...names.values()].join(", ")}; choose a range without them, like 30000-32767`,
        ),
      ];
}

function outside(keys: Keys, range: PortRange, port: number): ConfigProblem[] {
  return port === 0 || (port >= range.first && port <= range.last)
    ? []
    : [
        problemAt(
          [...keys.slice(0, -1), "kubernetes-service-node-port"],
          `${port} is not in ${flag} ${range.first}-${range.last}; choose one of it`,
        ),
      ];
}
