import { type ConfigProblem, type Keys, problemAt } from "../config/messages/problem.ts";
import { unreachableSentence } from "../config/messages/unreachable.ts";
import { overlap, parseNetwork } from "../model/addresses.ts";
import type { Hypervisor, Lab, LabNode } from "../model/lab.ts";
import { bridgeName, domainName, macOf, networkName } from "../model/names.ts";

/** What libvirt has already, this lab's own things among them. */
export interface LibvirtFacts {
  readonly networks: readonly { readonly name: string; readonly cidrs: readonly string[] }[];
  /** Domains with a name that this lab gives, running or not, and the addresses of their cards. */
  readonly domains: readonly { readonly name: string; readonly macs: readonly string[] }[];
  /** What guests could take, caches given back. */
  readonly freeMemoryMiB: number;
  /** Whether it would run a guest under KVM; unset where that was found out in another way. */
  readonly offersKvm?: boolean | undefined;
  /** Its network cards, bridges among them, as libvirt calls them; unset where it does not tell. */
  readonly cards?: readonly string[] | undefined;
}

/** The machine that guests are made on. What could not be found out, or does not apply, is unset. */
export interface HostFacts {
  /** Or why libvirt does not answer, in all the words of virsh. */
  readonly libvirt: LibvirtFacts | { readonly unreachable: string };
  /** Room in the file system that the pool's directory is in, or will be. */
  readonly poolFreeGiB?: number | undefined;
  /** Networks that this machine reaches without a gateway, by interface. */
  readonly routes: readonly { readonly cidr: string; readonly device: string }[];
}

/** What a fresh guest soon writes to its disk: binaries, images, logs. Disks grow; their full size is not set aside. */
const diskGiBPerGuest = 2;

/** The nodes whose machines this hypervisor makes. */
export const guestsOf = ({ nodes }: Lab, { name }: Pick<Hypervisor, "name">): LabNode[] =>
  nodes.filter(({ host, hypervisor }) => host === undefined && hypervisor === name);

/** Where something of a hypervisor stands in the config. */
export const placeOf = ({ name }: Hypervisor, ...keys: Keys): Keys =>
  name === undefined ? ["machines", ...keys] : ["machines", "hypervisors", name, ...keys];

/** Everything that keeps this lab's machines from being made by this hypervisor; nothing where it makes none. */
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
  // By the address that its card would have: what the card hangs on may be what the config changes.
  const foreign = guests.filter(
    (guest) => domainOf(guest)?.macs.includes(macOf(lab.name, guest.name)) === false,
  );
  return [
    ...foreign.map(({ name, path }) => ({
      path,
      message: `libvirt has a domain ${domainName(lab.name, name)} that is not this lab's; rename the node or the stack, or remove it with virsh undefine ${domainName(lab.name, name)}`,
    })),
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
  const wanted = parseNetwork(lab.network.nodes);
  const taken = (cidr: string) => overlap(wanted, parseNetwork(cidr));
  const networks = libvirt.networks.filter(
    ({ name, cidrs }) => name !== names.network && cidrs.some(taken),
  );
  // A libvirt network has a bridge with a route, which would tell the same again.
  const known = libvirt.networks.flatMap(({ cidrs }) => cidrs);
  const others = routes.filter(
    ({ cidr, device }) => device !== names.bridge && !known.includes(cidr) && taken(cidr),
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

/** libvirt calls a card `net_`, its name and its MAC, with a _ for whatever is no letter or digit. */
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
          `${bridge} is not there at ${hypervisor.uri}; make it there, with a card of the host in it that leads to network.nodes, or name the one that is`,
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
  missing: readonly LabNode[],
  freeMiB: number,
): ConfigProblem[] {
  const asked = missing.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  return asked <= freeMiB
    ? []
    : [
        problemAt(
          hypervisor.name === undefined ? ["machines", "memoryMiB"] : placeOf(hypervisor),
          `${counted(missing, "ask")} for ${asked} MiB, and the host has ${freeMiB} MiB free; give them less, take some away, or free memory`,
        ),
      ];
}

function poolProblems(
  hypervisor: Hypervisor,
  missing: readonly LabNode[],
  freeGiB: number | undefined,
): ConfigProblem[] {
  const needed = missing.length * diskGiBPerGuest;
  return freeGiB === undefined || needed <= freeGiB
    ? []
    : [
        problemAt(
          placeOf(hypervisor, "pool"),
          `${hypervisor.pool} has ${freeGiB.toFixed(1)} GiB free, and ${counted(missing, "need")} about ${needed} GiB at first; free some, or name a directory with more room`,
        ),
      ];
}

const counted = (nodes: readonly LabNode[], verb: string): string =>
  nodes.length === 1 ? `1 new machine ${verb}s` : `${nodes.length} new machines ${verb}`;
