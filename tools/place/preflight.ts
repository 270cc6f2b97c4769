import { dirname } from "node:path";
import ipaddr from "ipaddr.js";
import { UserError } from "../../base/errors.ts";
import { type RunResult, tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { ConfigError } from "../../config/messages/problem.ts";
import { isElsewhere } from "../../config/schema/libvirtUri.ts";
import type { Hypervisor, Lab } from "../../model/lab.ts";
import {
  guestsOf,
  type HostFacts,
  hostProblems,
  type LibvirtFacts,
} from "../../plan/hypervisorProblems.ts";
import { planStack } from "../pulumi/stackPlan.ts";
import type { StackRun } from "../pulumi/stackRun.ts";
import { saidBy, virshArgv } from "./virsh.ts";

/** Runs a command where the lab's libvirt is: here, or inside the lab's own namespaces. */
type Runner = (argv: readonly string[]) => Promise<RunResult>;

/**
 * Refuses, before anything is created, what the program would refuse, and a lab that its hosts have no room for: memory, disk,
 * a network or a domain that is another's, a libvirt that does not answer.
 *
 * @throws UserError with everything that is in the way, at once
 */
export async function preflight(
  { stack, log, signal }: Session,
  { enter, engine }: Pick<StackRun, "enter" | "engine">,
): Promise<void> {
  const { lab } = await planStack(stack, engine);
  const runner: Runner = async (argv) => {
    const [command = "", ...args] = await enter(argv);
    return tryRun(command, args, { timeoutMs: 60_000, log, signal });
  };
  const used = lab.machines.hypervisors.filter((one) => guestsOf(lab, one).length > 0);
  const found = await Promise.all(
    used.map(async (one) => hostProblems(lab, one, await hostFacts(lab, one, runner))),
  );
  const problems = found.flat();
  if (problems.length > 0) {
    throw new UserError(new ConfigError(`Pulumi.${stack}.yaml`, problems).message);
  }
}

/** What is to be known of a host that the lab's guests are made on. Changes nothing. */
export async function hostFacts(
  lab: Lab,
  { uri, pool, bridge, domainType }: Hypervisor,
  runner: Runner,
): Promise<HostFacts> {
  const virsh = (...args: string[]) => runner(virshArgv(uri, args));
  const memory = await virsh("nodememstats");
  if (memory.failure !== "") {
    return { libvirt: { unreachable: saidBy(memory) }, routes: [] };
  }
  // Of another host's disks and networks virsh tells nothing.
  const here = !isElsewhere(uri);
  const [networks, domains, cards, offersKvm, routes, poolFreeGiB] = await Promise.all([
    bridge === undefined ? libvirtNetworks(virsh) : [],
    libvirtDomains(virsh, lab),
    bridge === undefined ? undefined : hostCards(virsh),
    // What works here, `lab` has found out by booting a guest.
    here || domainType !== "kvm" ? undefined : libvirtOffersKvm(virsh),
    here ? hostRoutes(runner) : [],
    here ? freeGiB(runner, pool) : undefined,
  ]);
  return {
    libvirt: {
      networks,
      domains,
      freeMemoryMiB: freeMemoryMiB(memory.stdout),
      ...(cards === undefined ? {} : { cards }),
      ...(offersKvm === undefined ? {} : { offersKvm }),
    },
    routes,
    poolFreeGiB,
  };
}

type Virsh = (...args: string[]) => Promise<RunResult>;

/** Names may have spaces in them: one a line. */
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** Of `free: 1234 KiB` and the like: what is free, and what the kernel gives back when asked. */
function freeMemoryMiB(text: string): number {
  const kibibytes = [...text.matchAll(/^(free|buffers|cached)\s*:\s*(\d+)/gm)];
  return Math.floor(kibibytes.reduce((sum, [, , amount]) => sum + Number(amount), 0) / 1024);
}

async function libvirtNetworks(virsh: Virsh): Promise<LibvirtFacts["networks"]> {
  const names = linesOf((await virsh("net-list", "--name")).stdout);
  return Promise.all(
    names.map(async (name) => ({
      name,
      cidrs: networksInXml((await virsh("net-dumpxml", name)).stdout),
    })),
  );
}

/** The networks that a libvirt network's own addresses are in. */
export function networksInXml(xml: string): string[] {
  return [...xml.matchAll(/<ip\b[^>]*>/g)].flatMap(([tag]) => {
    const attribute = (name: string) => new RegExp(`\\b${name}=['"]([^'"]+)['"]`).exec(tag)?.[1];
    const address = attribute("address");
    const netmask = ipaddr.IPv4.parse(attribute("netmask") ?? "255.255.255.255");
    const prefix = attribute("prefix") ?? netmask.prefixLengthFromSubnetMask() ?? 32;
    if (address === undefined || !ipaddr.IPv4.isValid(address)) {
      return [];
    }
    return [`${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString()}/${prefix}`];
  });
}

/** Of the domains that have the names of this lab's machines, the addresses of their cards. */
async function libvirtDomains(virsh: Virsh, lab: Lab): Promise<LibvirtFacts["domains"]> {
  const names = new Set(lab.nodes.map(({ name }) => `${lab.name}-${name}`));
  const there = linesOf((await virsh("list", "--all", "--name")).stdout);
  const domains: LibvirtFacts["domains"][number][] = [];
  // One after the other: to another host each is a login, and sshd refuses when many begin at once (MaxStartups).
  for (const name of there.filter((one) => names.has(one))) {
    // Interface, type, source, model, MAC: one line for each card.
    const cards = linesOf((await virsh("domiflist", name)).stdout).map(wordsOf);
    domains.push({ name, macs: cards.flatMap((words) => words.at(-1) ?? []) });
  }
  return domains;
}

/** Nothing where this libvirt has no driver that knows. */
async function hostCards(virsh: Virsh): Promise<string[] | undefined> {
  const listed = await virsh("nodedev-list", "--cap", "net");
  const cards = linesOf(listed.stdout).map((line) => line.trim());
  return listed.failure !== "" || cards.length === 0 ? undefined : cards;
}

async function libvirtOffersKvm(virsh: Virsh): Promise<boolean> {
  return (await virsh("domcapabilities", "--virttype", "kvm")).failure === "";
}

/** Directly connected networks; a default route and what lies behind gateways is nobody's here. */
async function hostRoutes(runner: Runner): Promise<HostFacts["routes"]> {
  const { stdout } = await runner(["ip", "-4", "route", "show", "scope", "link"]);
  return [...stdout.matchAll(/^(\S+\/\d+) .*?\bdev (\S+)/gm)].map(([, cidr = "", device = ""]) => ({
    cidr,
    device,
  }));
}

/** In the file system of the nearest directory that is there. */
async function freeGiB(runner: Runner, directory: string): Promise<number | undefined> {
  const { failure, stdout } = await runner(["df", "--block-size=1", "--output=avail", directory]);
  if (failure === "") {
    return Number(wordsOf(stdout).at(-1)) / 1024 ** 3;
  }
  return directory === "/" ? undefined : freeGiB(runner, dirname(directory));
}
