import { UserError } from "../../base/errors.ts";
import { type RunResult, tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { unreachableSentence } from "../../config/messages/unreachable.ts";
import { domainName, macOf, networkName, poolName } from "../../model/names.ts";
import type { Enter } from "../place/place.ts";
import { virshArgv, virshMessage } from "../place/virsh.ts";
import type { Engine } from "./engineInterface.ts";
import type { LabConfig, LabHypervisor } from "./labConfig.ts";
import {
  type LibvirtFacts,
  mending,
  type StateFacts,
  stateFacts,
  type Thing,
} from "./leftovers.ts";
import { forgetPending, requireAlone } from "./pendingOperations.ts";
import { exportState, nameIn, type StackState } from "./stackState.ts";

export interface LeftoversArgs extends Pick<LabConfig, "hypervisors"> {
  readonly enter: Enter;
  readonly engine: Engine;
}

/**
 * Reconciles state and libvirt after an interrupted run: removes what only libvirt has, and
 * refreshes what libvirt has lost or stopped. Costs a few calls of virsh. Any run that changes an
 * existing stack needs this.
 *
 * @throws UserError if libvirt does not answer, has domains of this lab's names that the state did
 * not create, or another run holds the stack
 */
export async function clearLeftovers(session: Session, args: LeftoversArgs): Promise<void> {
  const { stack, terminal } = session;
  const before = await exportState(args.engine);
  const seen = await lookEverywhere(session, args, before);
  const agree = seen.every(({ remove, foreign }) => remove.length === 0 && foreign.length === 0);
  // What another run is creating now looks the same as an interrupted run's leftovers.
  const exported = agree ? before : await requireAlone(session, args.engine);
  const found = agree ? seen : await lookEverywhere(session, args, exported);
  for (const { uri, foreign } of found)
    if (foreign.length > 0) throw strangers(stack, uri, foreign);
  for (const { remove, virsh } of found) {
    for (const thing of remove) {
      terminal.say(`removing the ${thing.kind} ${thing.name}, left by an interrupted run`);
      await removeThing(stack, thing, virsh);
    }
  }
  for (const { resume, virsh } of found) {
    for (const { name } of resume) await resumeDomain(session, name, virsh);
  }
  await forgetPending(session, args.engine, exported);
  const refresh = found.flatMap((one) => one.refresh);
  if (refresh.length === 0) return;
  const names = refresh.map(nameIn);
  terminal.say(`libvirt has lost or stopped ${names.join(", ")}: refreshing the state`);
  const targets = refresh.flatMap((urn) => ["--target", urn]);
  const code = await args.engine.run(["refresh", "--yes", "--skip-preview", ...targets]);
  if (code !== 0) throw new UserError(`pulumi refresh of ${names.join(", ")} ended with ${code}`);
}

/** Finds the differences at each hypervisor of the lab. Changes nothing. */
function lookEverywhere(session: Session, args: LeftoversArgs, exported: StackState) {
  return Promise.all(
    args.hypervisors.flatMap((hypervisor) => {
      const state = stateFacts(exported, hypervisor.name);
      // A hypervisor without guests need not be reachable.
      const isUsed = [hypervisor.nodes, state.owned, state.creating].some(
        ({ length }) => length > 0,
      );
      return isUsed ? [lookAt(session, args, hypervisor, state)] : [];
    }),
  );
}

/** Finds the differences at one hypervisor, and its virsh. Changes nothing. */
async function lookAt(
  session: Session,
  { enter }: LeftoversArgs,
  { uri }: LabHypervisor,
  state: StateFacts,
) {
  const virsh = virshOf(session, { uri, enter });
  const facts = await libvirtFacts(session.stack, state, virsh);
  if (typeof facts === "string") throw new UserError(unreachableSentence(uri, facts));
  return { uri, virsh, ...mending(session.stack, state, facts) };
}

type Virsh = (...args: string[]) => Promise<RunResult>;

function virshOf(
  { log, signal }: Session,
  { uri, enter }: Pick<LabHypervisor, "uri"> & Pick<LeftoversArgs, "enter">,
): Virsh {
  return async (...args) => {
    const [command = "", ...rest] = await enter(virshArgv(uri, args));
    return tryRun(command, rest, { log, signal, timeoutMs: 60_000 });
  };
}

/** What libvirt has under this lab's names, or its error message. Changes nothing. */
async function libvirtFacts(
  stack: string,
  state: StateFacts,
  virsh: Virsh,
): Promise<LibvirtFacts | string> {
  const all = await virsh("list", "--all", "--uuid", "--name");
  if (all.failure !== "") return virshMessage(all);
  const [running, paused, network, pool, volumes] = await Promise.all([
    virsh("list", "--state-running", "--uuid"),
    virsh("list", "--state-paused", "--uuid"),
    virsh("net-uuid", networkName(stack)),
    virsh("pool-uuid", poolName(stack)),
    virsh("vol-list", poolName(stack)),
  ]);
  const prefix = domainName(stack, "");
  const owned = new Set(state.owned.map(({ id }) => id));
  const ownNetwork = wordsOf(network.stdout)[0];
  // Other domains matter only if they are on the lab's network.
  const isAsked = ([, name]: [string, string]) =>
    ownNetwork !== undefined || name.startsWith(prefix);
  const domains: LibvirtFacts["domains"][number][] = [];
  // One at a time: each is an SSH login, and sshd refuses many at once (MaxStartups).
  for (const [uuid, name] of pairsIn(all.stdout).filter(isAsked)) {
    const isRunning = running.stdout.includes(uuid);
    if (owned.has(uuid)) {
      const isPaused = paused.stdout.includes(uuid);
      domains.push({ name, uuid, running: isRunning, ...(isPaused ? { isPaused } : {}) });
      continue;
    }
    // Columns: interface, type, source, model, MAC address.
    const cards = wordsOf((await virsh("domiflist", uuid)).stdout);
    const hasOwnCard = cards.includes(macOf(stack, name.slice(prefix.length)));
    if (cards.includes(networkName(stack)) || hasOwnCard) {
      domains.push({ name, uuid, running: isRunning, hasOwnCard });
    }
  }
  return {
    domains,
    network: ownNetwork,
    pool: wordsOf(pool.stdout)[0],
    volumes: pairsIn(volumes.stdout).map(([name]) => name),
  };
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** Splits each line into its first word and the rest. */
const pairsIn = (text: string): [string, string][] =>
  [...text.matchAll(/^\s*(\S+)\s+(\S.*?)\s*$/gm)].map(([, first = "", rest = ""]) => [first, rest]);

/** The commands of each removal, in order. Only the last must succeed. */
function removals(stack: string, { kind, name }: Thing): string[][] {
  switch (kind) {
    case "domain":
      return [
        ["destroy", name],
        ["undefine", "--managed-save", "--snapshots-metadata", "--nvram", name],
      ];
    case "volume":
      return [["vol-delete", "--pool", poolName(stack), name]];
    case "pool":
      return [
        ["pool-destroy", name],
        ["pool-delete", name],
        ["pool-undefine", name],
      ];
    case "network":
      return [
        ["net-destroy", name],
        ["net-undefine", name],
      ];
  }
}

async function removeThing(stack: string, thing: Thing, virsh: Virsh): Promise<void> {
  const results: RunResult[] = [];
  for (const args of removals(stack, thing)) results.push(await virsh(...args));
  const last = results.at(-1);
  if (last === undefined || last.failure === "") return;
  throw new UserError(
    `${thing.kind} ${thing.name}: cannot be removed: ${last.stderr.trim() || last.failure}`,
  );
}

/** libvirt pauses a domain when its disk has no space left; a user may have paused it, too. */
async function resumeDomain(
  { terminal }: Pick<Session, "terminal">,
  name: string,
  virsh: Virsh,
): Promise<void> {
  const state = async () => (await virsh("domstate", "--reason", name)).stdout.trim();
  terminal.say(`resuming the domain ${name}, which is ${await state()}`);
  const resumed = await virsh("resume", name);
  const after = await state();
  if (resumed.failure === "" && !after.startsWith("paused")) return;
  throw new UserError({
    place: `domain ${name}`,
    found: resumed.failure === "" ? after : virshMessage(resumed),
    expected: "that it runs when it is resumed",
    remedy:
      "with an I/O error, free space where its disk is (`./lab status` and machines.pool show the place), then run this again",
  });
}

function strangers(stack: string, uri: string, foreign: readonly Thing[]): UserError {
  return new UserError({
    place: `libvirt at ${uri}`,
    found: `objects of a lab ${stack} that are not in this state: ${foreign.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
    expected: "no objects of these names",
    remedy:
      "rename the stack, restore the state that created them, or remove them with virsh (undefine, vol-delete, pool-undefine, net-undefine)",
  });
}
