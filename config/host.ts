import { planCluster } from "../plan.ts";
import { overlap, parseNetwork } from "./addresses.ts";
import type { Lab, LabNode } from "./lab.ts";
import { type ConfigProblem, problemAt } from "./problem.ts";

/** What libvirt has already, this lab's own things among them. */
export interface LibvirtFacts {
  readonly networks: readonly { readonly name: string; readonly cidrs: readonly string[] }[];
  /** Domains with a name that this lab gives, running or not, and the networks that their cards are in. */
  readonly domains: readonly { readonly name: string; readonly networks: readonly string[] }[];
  /** What guests could take, caches given back. */
  readonly freeMemoryMiB: number;
}

/** The machine that guests are made on. What could not be found out, or does not apply, is unset. */
export interface HostFacts {
  /** Or why libvirt does not answer, in its own words. */
  readonly libvirt: LibvirtFacts | { readonly unreachable: string };
  /** Room in the file system that the pool's directory is in, or will be. */
  readonly poolFreeGiB?: number | undefined;
  /** Networks that this machine reaches without a gateway, by interface. */
  readonly routes: readonly { readonly cidr: string; readonly device: string }[];
}

/** What a fresh guest soon writes to its disk: binaries, images, logs. Disks grow; their full size is not set aside. */
const diskGiBPerGuest = 2;

/** Everything that keeps this lab from being made on this host; nothing where no guest is to be made. */
export function hostProblems(lab: Lab, facts: HostFacts): ConfigProblem[] {
  const guests = lab.nodes.filter(({ host }) => host === undefined);
  if (guests.length === 0) {
    return [];
  }
  if ("unreachable" in facts.libvirt) {
    const { unreachable } = facts.libvirt;
    const remedy = /permission denied|authentication/i.test(unreachable)
      ? "join the group libvirt and log in again"
      : "start libvirtd, or mend the URI";
    return [
      problemAt(
        ["machines", "libvirt"],
        `${lab.machines.libvirt} does not answer (${unreachable}); ${remedy}`,
      ),
    ];
  }
  const { libvirt } = facts;
  const names = planCluster(lab).libvirt;
  const domainOf = ({ name }: LabNode) =>
    libvirt.domains.find((domain) => domain.name === `${lab.name}-${name}`);
  const missing = guests.filter((guest) => domainOf(guest) === undefined);
  const foreign = guests.filter(
    (guest) => domainOf(guest)?.networks.includes(names.network) === false,
  );
  return [
    ...foreign.map(({ name, path }) => ({
      path,
      message: `libvirt has a domain ${lab.name}-${name} that is not this lab's; rename the node or the stack, or remove it with virsh undefine ${lab.name}-${name}`,
    })),
    ...networkProblems(lab, facts, libvirt, names),
    ...memoryProblems(missing, libvirt.freeMemoryMiB),
    ...poolProblems(lab, missing, facts.poolFreeGiB),
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

function memoryProblems(missing: readonly LabNode[], freeMiB: number): ConfigProblem[] {
  const asked = missing.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  return asked <= freeMiB
    ? []
    : [
        problemAt(
          ["machines", "memoryMiB"],
          `${counted(missing, "ask")} for ${asked} MiB, and the host has ${freeMiB} MiB free; give them less, take some away, or free memory`,
        ),
      ];
}

function poolProblems(
  lab: Lab,
  missing: readonly LabNode[],
  freeGiB: number | undefined,
): ConfigProblem[] {
  const needed = missing.length * diskGiBPerGuest;
  return freeGiB === undefined || needed <= freeGiB
    ? []
    : [
        problemAt(
          ["machines", "pool"],
          `${lab.machines.pool} has ${freeGiB.toFixed(1)} GiB free, and ${counted(missing, "need")} about ${needed} GiB at first; free some, or name a directory with more room`,
        ),
      ];
}

const counted = (nodes: readonly LabNode[], verb: string): string =>
  nodes.length === 1 ? `1 new machine ${verb}s` : `${nodes.length} new machines ${verb}`;
