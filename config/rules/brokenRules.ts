import { type Ipv4Address, Ipv4Network, podNetworkPrefix } from "../../model/addresses.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import { etcdDiskRules } from "./etcdDiskRules.ts";
import { flagRules } from "./flagRules.ts";
import { hypervisorRules } from "./hypervisorRules.ts";
import { kubeletRules } from "./kubeletRules.ts";
import { kubeProxyRules } from "./kubeProxyRules.ts";
import { createsNoMachine, type NodeGroup, nodeGroups } from "./nodeGroups.ts";
import { nodeRules } from "./nodeRules.ts";
import { outsideRules } from "./outsideRules.ts";
import { peopleRules } from "./peopleRules.ts";
import { portRules } from "./portRules.ts";
import { systemRules } from "./systemRules.ts";

type Config = Draft<ClusterConfig>;

/**
 * Every broken rule between values. Values in the draft are valid; a rule about a missing value is
 * not broken.
 */
export function brokenRules(config: Config): ConfigProblem[] {
  const groups = nodeGroups(config);
  return [
    ...overlapRules(config),
    ...sizeRules(config),
    ...podRoomRules(config, groups),
    ...bridgeRules(config, groups),
    ...nameServerRules(config),
    ...mirrorRules(config),
    ...duplicateRules(config),
    ...certificateRules(config),
    ...peopleRules(config, groups),
    ...outsideRules(config),
    ...pluginRules(config),
    ...nodeRules(config, groups),
    ...hypervisorRules(config, groups),
    ...kubeletRules(config, groups),
    ...kubeProxyRules(config, groups),
    ...flagRules(config, groups),
    ...portRules(config, groups),
    ...etcdDiskRules(groups),
    ...systemRules(config, groups),
  ];
}

/**
 * Without manifests, `plugin: none` leaves the cluster without a pod network, and no node becomes
 * Ready.
 */
function pluginRules({ network, manifests }: Config): ConfigProblem[] {
  return network?.plugin === "none" && manifests?.length === 0
    ? [
        problemAt(
          ["network", "plugin"],
          "with none and without manifests there is no pod network, and no node becomes Ready; list the files of your pod network in manifests",
        ),
      ]
    : [];
}

const networkNames = ["nodes", "pods", "services"] as const;

/** Networks without usable host addresses, with the RFC that reserves them. */
const specialNetworks = {
  "0.0.0.0/8": "means the machine itself (RFC 1122)",
  "127.0.0.0/8": "is the loopback network (RFC 1122)",
  "169.254.0.0/16": "is link-local (RFC 3927)",
  "224.0.0.0/4": "is multicast (RFC 5771)",
  "240.0.0.0/4": "is reserved (RFC 1112)",
};

function overlapRules({ network = {} }: Config): ConfigProblem[] {
  return networkNames.flatMap((name, index) => {
    const own = network[name];
    if (own === undefined) {
      return [];
    }
    const special = Object.entries(specialNetworks)
      .filter(([other]) => own.overlaps(Ipv4Network.parse(other)))
      .map(([other, why]) => `${own} overlaps ${other}, which ${why}; choose one of 10.0.0.0/8`);
    const others = networkNames.slice(index + 1).flatMap((other) => {
      const taken = network[other];
      return taken !== undefined && own.overlaps(taken)
        ? [`${own} overlaps network.${other} ${taken}; choose networks that share no address`]
        : [];
    });
    return [...special.slice(0, 1), ...others].map((message) =>
      problemAt(["network", name], message),
    );
  });
}

function sizeRules({ network = {} }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const at = (
    name: (typeof networkNames)[number],
    wrong: (prefix: number) => boolean,
    message: string,
  ) => {
    const own = network[name];
    if (own !== undefined && wrong(own.prefix)) {
      problems.push(problemAt(["network", name], `${own} ${message}`));
    }
  };
  at(
    "nodes",
    (prefix) => prefix > 29,
    "is too small for a gateway and nodes; use a prefix of /29 or shorter",
  );
  at(
    "pods",
    (prefix) => prefix > podNetworkPrefix,
    `is smaller than the /${podNetworkPrefix} that each node needs; use a shorter prefix like /16`,
  );
  at(
    "services",
    (prefix) => prefix < 12,
    "is too large for the API server; use a prefix of /12 or longer",
  );
  at(
    "services",
    (prefix) => prefix > 28,
    "is too small: the first address is the API's, the tenth the cluster DNS's; use a prefix of /28 or shorter",
  );
  return problems;
}

/** A node's pod subnet has the node's index in the nodes' network (`podNetworkOf`). */
function podRoomRules({ network }: Config, groups: readonly NodeGroup[]): ConfigProblem[] {
  if (network?.nodes === undefined || network.pods === undefined) {
    return [];
  }
  const { nodes, pods } = network;
  const last = groups
    .flatMap(({ path, range }) => (range === undefined ? [] : [{ path, address: range.last }]))
    // Another rule reports an address outside its network.
    .filter(({ address }) => nodes.contains(address))
    .reduce((a, b) => (b.address.number > a.address.number ? b : a), {
      path: "",
      address: nodes.first,
    });
  const offset = nodes.offsetOf(last.address);
  const room = pods.size / 2 ** (32 - podNetworkPrefix);
  if (pods.prefix > podNetworkPrefix || offset < room) {
    return [];
  }
  const needed = podNetworkPrefix - Math.ceil(Math.log2(offset + 1));
  const remedy =
    needed < 8 ? "give nodes lower addresses" : `use /${needed} or shorter, or lower addresses`;
  return [
    problemAt(
      ["network", "pods"],
      `${pods} holds ${room} networks of /${podNetworkPrefix}, and ${last.address} of ${last.path} is number ${offset} of network.nodes ${nodes}; ${remedy}`,
    ),
  ];
}

/**
 * A bridge is connected to an existing network, whose router is not ours and does not serve the
 * mirror.
 */
function bridgeRules(
  { network = {}, ...config }: Config,
  groups: readonly NodeGroup[],
): ConfigProblem[] {
  const { nodes, gateway } = network;
  const at = (message: string) => problemAt(["network", "gateway"], `${gateway} ${message}`);
  if (!("bridge" in network)) {
    if (gateway === undefined || nodes === undefined) {
      return [];
    }
    return createsNoMachine(groups)
      ? gatewayPlaceRules(nodes, gateway)
      : [
          at(
            "cannot be set without network.bridge: the gateway is the first address of network.nodes; remove it",
          ),
        ];
  }
  const problems =
    "mirrorAddress" in config
      ? []
      : [
          problemAt(
            ["mirrorAddress"],
            "required with network.bridge, because your router does not serve the mirror; write the address at which nodes reach the workstation",
          ),
        ];
  if (gateway === undefined || nodes === undefined) {
    return problems;
  }
  return [...problems, ...gatewayPlaceRules(nodes, gateway)];
}

function gatewayPlaceRules(nodes: Ipv4Network, gateway: Ipv4Address): ConfigProblem[] {
  const offset = nodes.offsetOf(gateway);
  return offset > 0 && offset < nodes.size - 1
    ? []
    : [
        problemAt(
          ["network", "gateway"],
          `${gateway} is not a host address in network.nodes ${nodes}; choose one of it`,
        ),
      ];
}

function nameServerRules({ network = {} }: Config): ConfigProblem[] {
  const inside = (["pods", "services"] as const).flatMap((name) => {
    const cidr = network[name];
    return cidr === undefined ? [] : [{ name, cidr }];
  });
  return (network.dns ?? []).flatMap((address, index) =>
    inside
      .filter(({ cidr }) => cidr.contains(address))
      .map(({ name, cidr }) =>
        problemAt(
          ["network", "dns", index],
          `${address} is in network.${name} ${cidr}, which exists only while the cluster runs; name a server outside it`,
        ),
      ),
  );
}

function mirrorRules({ mirrorPort }: Config): ConfigProblem[] {
  return mirrorPort === 53
    ? [
        problemAt(
          ["mirrorPort"],
          "53 is the port of the gateway's name server; choose another, like 8473",
        ),
      ]
    : [];
}

/** Duplicates in a list: harmless, but never intended. */
function duplicateRules({ api, ssh, network, outside, manifests }: Config): ConfigProblem[] {
  const lists = [
    { keys: ["api", "names"], list: api?.names?.map(({ text }) => text) },
    { keys: ["ssh", "authorizedKeys"], list: ssh?.authorizedKeys },
    { keys: ["network", "dns"], list: network?.dns?.map(String) },
    { keys: ["manifests"], list: manifests },
    { keys: ["outside", "direct"], list: outside?.direct },
    ...Object.entries(outside?.registries ?? {}).map(([name, list]) => ({
      keys: ["outside", "registries", name],
      list: list?.map(String),
    })),
  ];
  return lists.flatMap(({ keys, list = [] }) =>
    list.flatMap((value, index) =>
      list.indexOf(value) === index
        ? []
        : [problemAt([...keys, index], `is the same as number ${list.indexOf(value)}; remove it`)],
    ),
  );
}

function certificateRules({ certificates = {} }: Config): ConfigProblem[] {
  const { authorityHours, leafHours, renewalHours } = certificates;
  const problems: ConfigProblem[] = [];
  if (leafHours !== undefined && renewalHours !== undefined && renewalHours >= leafHours) {
    problems.push(
      problemAt(
        ["certificates", "renewalHours"],
        `${renewalHours} is not less than leafHours ${leafHours}, so each up would renew every certificate; lower it`,
      ),
    );
  }
  if (leafHours !== undefined && authorityHours !== undefined && leafHours > authorityHours) {
    problems.push(
      problemAt(
        ["certificates", "leafHours"],
        `${leafHours} is more than authorityHours ${authorityHours}, but no certificate may outlive its CA; lower it`,
      ),
    );
  }
  return problems;
}
