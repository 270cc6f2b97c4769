import { type ConfigProblem, type Keys, problemAt } from "../config/messages/problem.ts";
import { unreachableSentence } from "../config/messages/unreachable.ts";
import type { Ipv4Network } from "../model/addresses.ts";
import type { Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { guestsIn } from "../model/machines.ts";
import { bridgeName, domainName, macOf, networkName } from "../model/names.ts";
import type { LabGuest } from "./guests.ts";

/** What libvirt has now, including what belongs to this lab. */
export interface LibvirtFacts {
  readonly networks: readonly { readonly name: string; readonly cidrs: readonly Ipv4Network[] }[];
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
  /** Directly connected networks, by interface. */
  readonly routes: readonly { readonly cidr: Ipv4Network; readonly device: string }[];
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
  const names = { network: networkName(lab.name), bridge: bridgeName(lab.name) };
  const domainOf = ({ name }: LabNode) =>
    libvirt.domains.find((domain) => domain.name === domainName(lab.name, name));
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
      ? networkProblems(lab, facts, libvirt, names)
      : bridgeProblems(hypervisor, hypervisor.bridge, libvirt.cards)),
    ...kvmProblems(hypervisor, libvirt.offersKvm),
    ...memoryProblems(hypervisor, missing, libvirt.freeMemoryMiB),
    ...poolProblems(hypervisor, missing, facts.poolFreeGiB),
  ];
}

function networkProblems(
  lab: Lab,
  { routes }: HostFacts,
  libvirt: LibvirtFacts,
  names: { readonly network: string; readonly bridge: string },
): ConfigProblem[] {
  const taken = (cidr: Ipv4Network) => lab.network.nodes.overlaps(cidr);
  const networks = libvirt.networks.filter(
    ({ name, cidrs }) => name !== names.network && cidrs.some(taken),
  );
  // A libvirt network also has a bridge with a route; it is reported once.
  const known = libvirt.networks.flatMap(({ cidrs }) => cidrs.map(String));
  const others = routes.filter(
    ({ cidr, device }) => device !== names.bridge && !known.includes(String(cidr)) && taken(cidr),
  );
  return [
    ...networks.map(({ name, cidrs }) => `libvirt network "${name}" (${cidrs.join(", ")})`),
    ...others.map(({ cidr, device }) => `this machine's own network ${cidr} on ${device}`),
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
  return asked <= freeMiB
    ? []
    : [
        problemAt(
          hypervisor.name === undefined ? ["machines", "memoryMiB"] : placeOf(hypervisor),
          `${counted(missing, "ask")} for ${asked} MiB, and the hypervisor has ${freeMiB} MiB free; give them less, remove some, or free memory`,
        ),
      ];
}

function poolProblems(
  hypervisor: Hypervisor,
  missing: readonly LabGuest[],
  freeGiB: number | undefined,
): ConfigProblem[] {
  const needed = missing.length * diskGiBPerGuest;
  return freeGiB === undefined || needed <= freeGiB
    ? []
    : [
        problemAt(
          placeOf(hypervisor, "pool"),
          `${hypervisor.pool} has ${freeGiB.toFixed(1)} GiB free, and ${counted(missing, "need")} about ${needed} GiB at first; free some, or name a directory with more space`,
        ),
      ];
}

const counted = (nodes: readonly LabNode[], verb: string): string =>
  nodes.length === 1 ? `1 new machine ${verb}s` : `${nodes.length} new machines ${verb}`;
