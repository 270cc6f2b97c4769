import type { Role } from "../../model/roles.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { routerOf } from "./nodeAddressRules.ts";
import { isInRange, type NodeGroup } from "./nodeGroups.ts";

type Config = Draft<ClusterConfig>;

/** Every broken rule about the set of roles of all nodes, and about their shared address. */
export function roleSetRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  // An invalid node may be the missing one, or one too many.
  const known = config.nodes !== undefined && config.pools !== undefined;
  const allKnown = groups.every(
    (group) => group.count !== undefined && group.settings.roles !== undefined,
  );
  return [
    ...(known && allKnown ? [...controlPlaneRules(groups), ...memberRules(groups)] : []),
    ...(known && allKnown ? balancerRules(config, groups) : []),
    ...apiAddressRules(config, groups),
  ];
}

const withRole = (groups: readonly NodeGroup[], role: Role): NodeGroup[] =>
  groups.filter(({ settings, count }) => settings.roles?.includes(role) === true && count !== 0);

const countOf = (groups: readonly NodeGroup[]): number =>
  groups.reduce((sum, { count }) => sum + (count ?? 1), 0);

const namesOf = (groups: readonly NodeGroup[]): string =>
  groups.map(({ path, pooled, count = 1 }) => (pooled ? `${path} with ${count}` : path)).join(", ");

function controlPlaneRules(groups: readonly NodeGroup[]): ConfigProblem[] {
  const controlPlanes = withRole(groups, "control-plane");
  const [first] = controlPlanes;
  if (first === undefined) {
    return groups.every((group) => group.count === 0)
      ? [
          problemAt(
            ["nodes"],
            "there are no nodes; add at least one with the roles control-plane and worker",
          ),
        ]
      : [problemAt(["nodes"], "no node has the role control-plane; give it to one")];
  }
  if (countOf(controlPlanes) > 1 && withRole(groups, "load-balancer").length === 0) {
    return [
      problemAt(
        [...(controlPlanes[1] ?? first).keys, "roles"],
        `${countOf(controlPlanes)} nodes have the role control-plane (${namesOf(controlPlanes)}), but none is a load balancer; give a node the role load-balancer`,
      ),
    ];
  }
  return [];
}

/**
 * etcd needs a majority of its members: an even number tolerates no more failures than one member
 * less.
 */
function memberRules(groups: readonly NodeGroup[]): ConfigProblem[] {
  const own = withRole(groups, "etcd");
  const members = own.length > 0 ? own : withRole(groups, "control-plane");
  const count = countOf(members);
  const last = members.at(-1);
  if (last === undefined || [1, 3, 5].includes(count)) {
    return [];
  }
  const remedy =
    own.length > 0
      ? "give the role to 1, 3 or 5 nodes"
      : "make it 1, 3 or 5 control planes, or give 1, 3 or 5 nodes the role etcd";
  const why =
    count > 5
      ? "; more than 5 slow down every write"
      : `, which survives no more losses than ${count - 1} would`;
  return [
    problemAt(
      [...last.keys, "roles"],
      `etcd would have ${count} members (${namesOf(members)})${why}; ${remedy}`,
    ),
  ];
}

function balancerRules(config: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const balancers = withRole(groups, "load-balancer");
  const address = config.api?.address;
  const [first] = balancers;
  if (first === undefined) {
    const keys = (["http", "https"] as const).filter((key) => config.ingress?.[key] !== undefined);
    return [
      ...(address === undefined
        ? []
        : [
            problemAt(
              ["api", "address"],
              `${address} is the load balancers' address, but no node has the role load-balancer; give it to one, or remove the address`,
            ),
          ]),
      ...keys.map((key) =>
        problemAt(
          ["ingress", key],
          "needs a load balancer, but no node has that role; give it to one, or remove this",
        ),
      ),
    ];
  }
  if (address !== undefined || config.api === undefined) {
    return [];
  }
  const shared = balancers.filter(({ settings }) => settings.roles?.includes("control-plane"));
  if (countOf(balancers) > 1) {
    return [
      problemAt(
        ["api"],
        `${countOf(balancers)} load balancers (${namesOf(balancers)}) need a shared address; set api.address to a free one in network.nodes`,
      ),
    ];
  }
  return shared.map(({ keys, path }) =>
    problemAt(
      [...keys, "roles"],
      `${path} would run the load balancer and an API server on the same address and port; set api.address to a free one in network.nodes, or give the role to another node`,
    ),
  );
}

/** `api.address` must be in the nodes' network, and not used by a node. */
function apiAddressRules({ api, network }: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  const address = api?.address;
  const nodes = network?.nodes;
  if (address === undefined || nodes === undefined) {
    return [];
  }
  const at = (message: string) => [problemAt(["api", "address"], `${address} ${message}`)];
  if (!nodes.contains(address)) {
    return at(`is not in network.nodes ${nodes}; choose a free address in it`);
  }
  const offset = nodes.offsetOf(address);
  const isGateway = address.number === routerOf({ ...network, nodes }, groups)?.number;
  if (offset === 0 || isGateway || offset === nodes.size - 1) {
    return at(`is reserved in network.nodes ${nodes}; choose another`);
  }
  const owner = groups.find(({ range }) => range !== undefined && isInRange(range, address));
  return owner === undefined
    ? []
    : at(`is the address of ${owner.path}; choose one that no node uses`);
}
