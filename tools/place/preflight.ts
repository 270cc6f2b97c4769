import ipaddr from "ipaddr.js";
import { cacheDir } from "../../base/paths.ts";
import { type RunResult, tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { ConfigProblem } from "../../config/messages/problem.ts";
import { isElsewhere } from "../../config/schema/libvirtUri.ts";
import { Ipv4Network } from "../../model/addresses.ts";
import type { Hypervisor, Lab } from "../../model/lab.ts";
import { domainName } from "../../model/names.ts";
import {
  guestsOf,
  type HostFacts,
  hostProblems,
  type LibvirtFacts,
} from "../../plan/hypervisorProblems.ts";
import { hostWarnings } from "../../plan/hypervisorWarnings.ts";
import { programProblems } from "../dryRun/programProblems.ts";
import { planStack } from "../pulumi/stackPlan.ts";
import type { StackRun } from "../pulumi/stackRun.ts";
import { hostRoutes } from "./hostRoutes.ts";
import type { Enter } from "./place.ts";
import { poolFacts } from "./poolFacts.ts";
import type { Runner } from "./runner.ts";
import { virshArgv, virshMessage } from "./virsh.ts";

/**
 * Checks before anything is created: the program's own checks, dry runs of the pinned
 * programs, memory and disk space on each hypervisor, networks and domains that belong to
 * others, and whether libvirt answers.
 *
 * @throws UserError with all problems
 */
export async function preflight(
  session: Session,
  { enter, engine }: Pick<StackRun, "enter" | "engine">,
): Promise<void> {
  const { lab, plan, raw, errorOf } = await planStack(session.stack, engine);
  const { signal } = session;
  const programs = await programProblems({ lab, plan, raw }, { cache: cacheDir(), signal });
  const hypervisors = await findOnHypervisors(session, lab, enter);
  const problems = [...programs.problems, ...hypervisors.errors];
  if (problems.length > 0) throw errorOf(problems);
  for (const { what, why } of programs.notChecked) {
    session.terminal.say(`not checked: ${what}: ${why}`);
  }
}

/** What prevents the hypervisors from creating the lab's guests, and what may do so later. */
export async function findOnHypervisors(
  { log, signal }: Pick<Session, "log" | "signal">,
  lab: Lab,
  enter: Enter,
): Promise<{ readonly errors: ConfigProblem[]; readonly warnings: ConfigProblem[] }> {
  const runner: Runner = async (argv) => {
    const [command = "", ...args] = await enter(argv);
    return tryRun(command, args, { timeoutMs: 60_000, log, signal });
  };
  const used = lab.machines.hypervisors.filter((one) => guestsOf(lab, one).length > 0);
  const found = await Promise.all(
    used.map(async (one) => {
      const facts = await hostFacts(lab, one, runner);
      return {
        errors: hostProblems(lab, one, facts),
        warnings: [...hostWarnings(lab, one, facts)],
      };
    }),
  );
  return {
    errors: found.flatMap(({ errors }) => errors),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

/** Collects facts about a hypervisor. Changes nothing. */
export async function hostFacts(
  lab: Lab,
  { uri, pool, bridge, domainType }: Hypervisor,
  runner: Runner,
): Promise<HostFacts> {
  const virsh = (...args: string[]) => runner(virshArgv(uri, args));
  const memory = await virsh("nodememstats");
  if (memory.failure !== "") {
    return { libvirt: { unreachable: virshMessage(memory) }, routes: [] };
  }
  // virsh does not report disk space and routes of a remote hypervisor.
  const here = !isElsewhere(uri);
  const [networks, domains, cards, offersKvm, routes, poolSpace] = await Promise.all([
    bridge === undefined ? libvirtNetworks(virsh) : [],
    libvirtDomains(virsh, lab),
    bridge === undefined ? undefined : hostCards(virsh),
    // On this machine, `lab` boots a guest to find out.
    here || domainType !== "kvm" ? undefined : libvirtOffersKvm(virsh),
    here ? hostRoutes(runner) : [],
    here ? poolFacts(runner, pool) : {},
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
    ...poolSpace,
  };
}

type Virsh = (...args: string[]) => Promise<RunResult>;

/** One name on a line, since names may contain spaces. */
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** Free memory and reclaimable caches, from lines like `free: 1234 KiB`. */
function freeMemoryMiB(text: string): number {
  const kibibytes = [...text.matchAll(/^(free|buffers|cached)\s*:\s*(\d+)/gm)];
  return Math.floor(kibibytes.reduce((sum, [, , amount]) => sum + Number(amount), 0) / 1024);
}

async function libvirtNetworks(virsh: Virsh): Promise<LibvirtFacts["networks"]> {
  const names = linesOf((await virsh("net-list", "--all", "--name")).stdout);
  const active = new Set(linesOf((await virsh("net-list", "--name")).stdout));
  return Promise.all(
    names.map(async (name) => ({
      name,
      isActive: active.has(name),
      cidrs: networksInXml((await virsh("net-dumpxml", name)).stdout),
    })),
  );
}

/** The networks of a libvirt network's own addresses. */
export function networksInXml(xml: string): Ipv4Network[] {
  return [...xml.matchAll(/<ip\b[^>]*>/g)].flatMap(([tag]) => {
    const attribute = (name: string) => new RegExp(`\\b${name}=['"]([^'"]+)['"]`).exec(tag)?.[1];
    const address = attribute("address");
    const netmask = ipaddr.IPv4.parse(attribute("netmask") ?? "255.255.255.255");
    const prefix = attribute("prefix") ?? netmask.prefixLengthFromSubnetMask() ?? 32;
    if (address === undefined || !ipaddr.IPv4.isValid(address)) {
      return [];
    }
    const first = ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString();
    return [Ipv4Network.parse(`${first}/${prefix}`)];
  });
}

/** The MAC addresses of domains that have the name of one of this lab's machines. */
async function libvirtDomains(virsh: Virsh, lab: Lab): Promise<LibvirtFacts["domains"]> {
  const names = new Set(lab.nodes.map(({ name }) => domainName(lab.name, name)));
  const there = linesOf((await virsh("list", "--all", "--name")).stdout);
  const domains: LibvirtFacts["domains"][number][] = [];
  // One at a time: each is an SSH login, and sshd refuses many at once (MaxStartups).
  for (const name of there.filter((one) => names.has(one))) {
    // Columns: interface, type, source, model, MAC address.
    const cards = linesOf((await virsh("domiflist", name)).stdout).map(wordsOf);
    domains.push({ name, macs: cards.flatMap((words) => words.at(-1) ?? []) });
  }
  return domains;
}

/** Undefined if this libvirt has no driver for network interfaces. */
async function hostCards(virsh: Virsh): Promise<string[] | undefined> {
  const listed = await virsh("nodedev-list", "--cap", "net");
  const cards = linesOf(listed.stdout).map((line) => line.trim());
  return listed.failure !== "" || cards.length === 0 ? undefined : cards;
}

async function libvirtOffersKvm(virsh: Virsh): Promise<boolean> {
  return (await virsh("domcapabilities", "--virttype", "kvm")).failure === "";
}
