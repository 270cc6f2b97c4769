import { type ConfigProblem, type Keys, pathText, problemAt } from "../config/messages/problem.ts";
import { unreachableSentence } from "../config/messages/unreachable.ts";
import type { Ipv4Network } from "../model/addresses.ts";
import type { Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { guestsIn } from "../model/machines.ts";
import { bridgeName, domainName, macOf, networkName } from "../model/names.ts";
import type { LabGuest } from "./guests.ts";

export interface LibvirtNetwork {
  readonly name: string;
  readonly cidrs: readonly Ipv4Network[];
  /** One that is only defined has no bridge and no route. */
  readonly isActive: boolean;
}

/** A route of this machine, in any of its tables. */
export interface HostRoute {
  readonly cidr: Ipv4Network;
  /** Unset for a route that leads nowhere. */
  readonly device?: string;
  /** The gateway; unset if the network is directly connected. */
  readonly via?: string;
  /** The type of a route that leads nowhere, like blackhole. */
  readonly deadEnd?: string;
}

/** What libvirt has now, including what belongs to this lab. */
export interface LibvirtFacts {
  readonly networks: readonly LibvirtNetwork[];
  /**
   * Domains with the name of one of this lab's machines, running or not, and their MAC addresses.
   */
  readonly domains: readonly { readonly name: string; readonly macs: readonly string[] }[];
  /** Memory that guests can use, including the kernel's caches. */
  readonly freeMemoryMiB: number;
  /** Whether libvirt offers KVM; unset if that was detected in another way. */
  readonly offersKvm?: boolean | undefined;
  /**
   * Network interfaces, including bridges, by libvirt's names; unset if libvirt does not list them.
   */
  readonly cards?: readonly string[] | undefined;
}

/** Facts about a hypervisor. Those that do not apply or could not be found out are unset. */
export interface HostFacts {
  /** `unreachable` is virsh's message if libvirt does not answer. */
  readonly libvirt: LibvirtFacts | { readonly unreachable: string };
  /** Free space in the file system of the pool's directory. */
  readonly poolFreeGiB?: number | undefined;
  /** Why the pool's directory can't be made or written to. */
  readonly poolFault?: string | undefined;
  readonly routes: readonly HostRoute[];
}

/** Space that a new guest soon uses for binaries, images and logs. Disks grow on demand. */
const diskGiBPerGuest = 2;

/** The nodes whose machines are guests of this hypervisor. */
export const guestsOf = (
  { nodes }: Pick<Lab, "nodes">,
  { name }: Pick<Hypervisor, "name">,
): LabGuest[] => guestsIn(nodes).filter(({ machine }) => machine.hypervisor === name);

/** The config keys of a hypervisor's setting. */
export const placeOf = ({ name }: Hypervisor, ...keys: Keys): Keys =>
  name === undefined ? ["machines", ...keys] : ["machines", "hypervisors", name, ...keys];

/** Finds the existing domain of a node, whether or not this lab created it. */
export const domainsOf =
  ({ name: lab }: Lab, { domains }: LibvirtFacts) =>
  ({ name }: Pick<LabNode, "name">) =>
    domains.find((domain) => domain.name === domainName(lab, name));

/** The routes that are not to the lab's own bridge, like those of a user to the lab's pods. */
export const routesOfOthers = ({ name }: Lab, routes: readonly HostRoute[]): HostRoute[] =>
  routes.filter(({ device }) => device !== bridgeName(name));

export const isConnected = ({ via, deadEnd }: HostRoute): boolean =>
  via === undefined && deadEnd === undefined;

/** "the network 10.0.0.0/8 behind 10.8.0.1 on tun0" */
export function describeRoute({ cidr, device, via, deadEnd }: HostRoute): string {
  if (deadEnd !== undefined) return `this machine's ${deadEnd} route of ${cidr}`;
  const on = device === undefined ? "" : ` on ${device}`;
  return via === undefined
    ? `this machine's own network ${cidr}${on}`
    : `the network ${cidr} behind ${via}${on}`;
}

/** Everything that prevents this hypervisor from creating its guests; empty if it has none. */
export function hostProblems(lab: Lab, hypervisor: Hypervisor, facts: HostFacts): ConfigProblem[] {
  const guests = guestsOf(lab, hypervisor);
  if (guests.length === 0) {
    return [];
  }
  if ("unreachable" in facts.libvirt) {
    const sentence = unreachableSentence(hypervisor.uri, facts.libvirt.unreachable);
    return [problemAt(placeOf(hypervisor, "libvirt"), sentence)];
  }
  const { libvirt } = facts;
  const domainOf = domainsOf(lab, libvirt);
  const missing = guests.filter((guest) => domainOf(guest) === undefined);
  // Compares MAC addresses, since the config may change the network that the card is attached to.
  const foreign = guests.filter(
    (guest) => domainOf(guest)?.macs.includes(macOf(lab.name, guest.name)) === false,
  );
  return [
    ...foreign.map(({ name, keys }) =>
      problemAt(
        keys,
        `libvirt has a domain ${domainName(lab.name, name)} that this lab did not create; rename the node or the stack, or remove it with virsh undefine ${domainName(lab.name, name)}`,
      ),
    ),
    ...(hypervisor.bridge === undefined
      ? networkProblems(lab, facts, libvirt)
      : bridgeProblems(hypervisor, hypervisor.bridge, libvirt.cards)),
    ...kvmProblems(hypervisor, libvirt.offersKvm),
    ...memoryProblems(hypervisor, missing, libvirt.freeMemoryMiB),
    ...poolProblems(hypervisor, missing, facts),
  ];
}

function networkProblems(lab: Lab, { routes }: HostFacts, libvirt: LibvirtFacts): ConfigProblem[] {
  const taken = (cidr: Ipv4Network) => lab.network.nodes.overlaps(cidr);
  const networks = libvirt.networks.filter(
    ({ name, cidrs, isActive }) => isActive && name !== networkName(lab.name) && cidrs.some(taken),
  );
  // An active libvirt network also has a bridge with a route; it is reported once.
  const known = networks.flatMap(({ cidrs }) => cidrs.map(String));
  const others = routesOfOthers(lab, routes).filter(
    (route) =>
      !known.includes(String(route.cidr)) &&
      taken(route.cidr) &&
      (isConnected(route) || route.cidr.prefix >= lab.network.nodes.prefix),
  );
  return [
    ...networks.map(({ name, cidrs }) => `libvirt network "${name}" (${cidrs.join(", ")})`),
    ...others.map(describeRoute),
  ].map((owner) =>
    problemAt(
      ["network", "nodes"],
      `${lab.network.nodes} is already used by ${owner}; choose another network, and node addresses of it`,
    ),
  );
}

/**
 * libvirt names an interface `net_`, its name and its MAC address, with _ for other characters than
 * letters and digits.
 */
function bridgeProblems(
  hypervisor: Hypervisor,
  bridge: string,
  cards: readonly string[] | undefined,
): ConfigProblem[] {
  const card = new RegExp(`^net_${bridge.replaceAll(/[^A-Za-z0-9]/g, "_")}(_[0-9a-f]{2}){6}$`);
  return cards === undefined || cards.some((name) => card.test(name))
    ? []
    : [
        problemAt(
          hypervisor.name === undefined ? ["network", "bridge"] : placeOf(hypervisor, "bridge"),
          `${bridge} does not exist at ${hypervisor.uri}; create it there, with a network card that reaches network.nodes, or name an existing bridge`,
        ),
      ];
}

function kvmProblems(hypervisor: Hypervisor, offersKvm: boolean | undefined): ConfigProblem[] {
  return hypervisor.domainType === "kvm" && offersKvm === false
    ? [
        problemAt(
          placeOf(hypervisor, "domainType"),
          `kvm is set, but ${hypervisor.uri} offers none; write qemu (slow), or let libvirt there use /dev/kvm`,
        ),
      ]
    : [];
}

function memoryProblems(
  hypervisor: Hypervisor,
  missing: readonly LabGuest[],
  freeMiB: number,
): ConfigProblem[] {
  const asked = missing.reduce((sum, { machine }) => sum + machine.memoryMiB, 0);
  const places = [...new Set(missing.map(memoryPlace))]
    .flatMap((place) => memoryAsked(missing.filter((guest) => memoryPlace(guest) === place)))
    .toSorted((a, b) => b.totalMiB - a.totalMiB);
  const [most] = places;
  if (most === undefined || asked <= freeMiB) return [];
  const parts = places.length === 1 ? "" : ` (${places.map(({ text }) => text).join(", ")})`;
  const has = hypervisor.name === undefined ? "the hypervisor has" : `${hypervisor.name} has`;
  return [
    problemAt(
      most.keys,
      `${counted(missing, "ask")} for ${asked} MiB${parts}, and ${has} ${freeMiB} MiB free; give them less, remove some, or free memory`,
    ),
  ];
}

const memoryPlace = ({ machine }: LabGuest): string => pathText(machine.setAt.memoryMiB);

/** What machines whose memory is set at the same place ask for together. */
function memoryAsked(guests: readonly LabGuest[]) {
  return guests.slice(0, 1).map(({ machine: { setAt, memoryMiB } }) => ({
    keys: setAt.memoryMiB,
    totalMiB: memoryMiB * guests.length,
    text: `${pathText(setAt.memoryMiB)}: ${guests.length} × ${memoryMiB}`,
  }));
}

function poolProblems(
  hypervisor: Hypervisor,
  missing: readonly LabGuest[],
  { poolFreeGiB: freeGiB, poolFault }: HostFacts,
): ConfigProblem[] {
  const needed = missing.length * diskGiBPerGuest;
  const keys = placeOf(hypervisor, "pool");
  if (poolFault !== undefined && missing.length > 0) {
    return [
      problemAt(
        keys,
        `${hypervisor.pool} cannot hold disks: ${poolFault}; name a directory that can be made and written to`,
      ),
    ];
  }
  return freeGiB === undefined || needed <= freeGiB
    ? []
    : [
        problemAt(
          keys,
          `${hypervisor.pool} has ${freeGiB.toFixed(1)} GiB free, and ${counted(missing, "need")} about ${needed} GiB at first; free some, or name a directory with more space`,
        ),
      ];
}

const counted = (nodes: readonly LabNode[], verb: string): string =>
  nodes.length === 1 ? `1 new machine ${verb}s` : `${nodes.length} new machines ${verb}`;
