import { type ConfigProblem, problemAt } from "../config/messages/problem.ts";
import type { Hypervisor, Lab } from "../model/lab.ts";
import { networkName } from "../model/names.ts";
import {
  describeRoute,
  domainsOf,
  guestsOf,
  type HostFacts,
  type LibvirtFacts,
  placeOf,
  routesOfOthers,
} from "./hypervisorProblems.ts";

/** Free space below which the disks of running guests soon cannot grow. */
const fewGiB = 1;

/** What this hypervisor's guests work with, but at a price or until something else starts. */
export function* hostWarnings(
  lab: Lab,
  hypervisor: Hypervisor,
  facts: HostFacts,
): Generator<ConfigProblem, void> {
  if (guestsOf(lab, hypervisor).length === 0 || "unreachable" in facts.libvirt) return;
  if (hypervisor.bridge === undefined) {
    yield* inactiveNetworks(lab, facts.libvirt);
    yield* hiddenNetworks(lab, facts);
  }
  yield* unreachableFromPods(lab, facts);
  yield* fullPool(lab, hypervisor, facts, facts.libvirt);
}

function* inactiveNetworks(lab: Lab, { networks }: LibvirtFacts): Generator<ConfigProblem> {
  const { nodes } = lab.network;
  for (const { name, cidrs, isActive } of networks) {
    const isOther = name !== networkName(lab.name);
    if (!isActive && isOther && cidrs.some((cidr) => nodes.overlaps(cidr))) {
      yield problemAt(
        ["network", "nodes"],
        `the libvirt network "${name}" (${cidrs.join(", ")}) has the same addresses and is inactive; whichever of the two starts second fails; choose another network, or remove that one with virsh net-undefine`,
      );
    }
  }
}

/** The lab's network is more specific than these routes, so it works and hides a part of them. */
function* hiddenNetworks(lab: Lab, { routes }: HostFacts): Generator<ConfigProblem> {
  const { nodes } = lab.network;
  for (const route of routesOfOthers(lab, routes)) {
    if (route.via !== undefined && isWider(route.cidr, nodes)) {
      yield problemAt(
        ["network", "nodes"],
        `${nodes} is a part of ${describeRoute(route)}: this machine cannot reach that part while the lab runs; choose another network if you need it`,
      );
    }
  }
}

const isWider = (cidr: Lab["network"]["nodes"], nodes: Lab["network"]["nodes"]): boolean =>
  cidr.prefix < nodes.prefix && cidr.overlaps(nodes);

/** On a node, addresses of pods and Services always belong to the cluster. */
function* unreachableFromPods(lab: Lab, { routes }: HostFacts): Generator<ConfigProblem> {
  for (const key of ["pods", "services"] as const) {
    const network = lab.network[key];
    for (const route of routesOfOthers(lab, routes)) {
      if (route.deadEnd === undefined && network.overlaps(route.cidr)) {
        yield problemAt(
          ["network", key],
          `${network} overlaps ${describeRoute(route)}: nodes and pods cannot reach these addresses there; choose another network if they need them`,
        );
      }
    }
  }
}

/** libvirt pauses a guest whose disk cannot grow. */
function* fullPool(
  lab: Lab,
  hypervisor: Hypervisor,
  { poolFreeGiB: freeGiB }: HostFacts,
  libvirt: LibvirtFacts,
): Generator<ConfigProblem> {
  const domainOf = domainsOf(lab, libvirt);
  const isMade = guestsOf(lab, hypervisor).some((guest) => domainOf(guest) !== undefined);
  if (isMade && freeGiB !== undefined && freeGiB < fewGiB) {
    yield problemAt(
      placeOf(hypervisor, "pool"),
      `${hypervisor.pool} has ${freeGiB.toFixed(1)} GiB free; libvirt pauses machines whose disks cannot grow; free some space`,
    );
  }
}
