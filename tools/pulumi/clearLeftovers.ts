import { UserError } from "../../base/errors.ts";
import { type RunResult, tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { unreachableSentence } from "../../config/messages/unreachable.ts";
import { domainName, macOf, networkName, poolName } from "../../model/names.ts";
import type { Enter } from "../place/place.ts";
import { saidBy, virshArgv } from "../place/virsh.ts";
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
 * State and libvirt agree on what there is, whatever happened to the run before: what an interrupted one left in libvirt is
 * removed, what libvirt has lost or holds stopped is looked at again. Changes nothing where they agree, and then costs a
 * few calls of virsh. For any run of pulumi that changes the stack; the stack exists.
 *
 * @throws UserError where libvirt does not answer, or has machines by this lab's names that this state did not make, or
 * another run is on the stack
 */
export async function clearLeftovers(session: Session, args: LeftoversArgs): Promise<void> {
  const { stack, terminal } = session;
  const before = await exportState(args.engine);
  const seen = await lookEverywhere(session, args, before);
  const agree = seen.every(({ remove, foreign }) => remove.length === 0 && foreign.length === 0);
  // What somebody else's run is making at this moment looks just like what an interrupted one left.
  const exported = agree ? before : await requireAlone(session, args.engine);
  const found = agree ? seen : await lookEverywhere(session, args, exported);
  for (const { uri, foreign } of found)
    if (foreign.length > 0) throw strangers(stack, uri, foreign);
  for (const { remove, virsh } of found) {
    for (const thing of remove) {
      terminal.say(`removing the ${thing.kind} ${thing.name}, left by a run that was interrupted`);
      await removeThing(stack, thing, virsh);
    }
  }
  await forgetPending(session, args.engine, exported);
  const refresh = found.flatMap((one) => one.refresh);
  if (refresh.length === 0) return;
  const names = refresh.map(nameIn);
  terminal.say(`libvirt has lost or stopped ${names.join(", ")}: looking again`);
  const targets = refresh.flatMap((urn) => ["--target", urn]);
  const code = await args.engine.run(["refresh", "--yes", "--skip-preview", ...targets]);
  if (code !== 0) throw new UserError(`pulumi refresh of ${names.join(", ")} ended with ${code}`);
}

/** What is to be mended at each hypervisor that has to do with the lab. Changes nothing. */
function lookEverywhere(session: Session, args: LeftoversArgs, exported: StackState) {
  return Promise.all(
    args.hypervisors.flatMap((hypervisor) => {
      const state = stateFacts(exported, hypervisor.name);
      // One that makes no machine and holds none need not even answer.
      const isUsed = [hypervisor.nodes, state.owned, state.creating].some(
        ({ length }) => length > 0,
      );
      return isUsed ? [lookAt(session, args, hypervisor, state)] : [];
    }),
  );
}

/** What is to be mended at one hypervisor, and how it is spoken to. Changes nothing. */
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

/** What libvirt has under this lab's names, or why it does not answer. Changes nothing. */
async function libvirtFacts(
  stack: string,
  state: StateFacts,
  virsh: Virsh,
): Promise<LibvirtFacts | string> {
  const all = await virsh("list", "--all", "--uuid", "--name");
  if (all.failure !== "") return saidBy(all);
  const [running, network, pool, volumes] = await Promise.all([
    virsh("list", "--state-running", "--uuid"),
    virsh("net-uuid", networkName(stack)),
    virsh("pool-uuid", poolName(stack)),
    virsh("vol-list", poolName(stack)),
  ]);
  const prefix = domainName(stack, "");
  const owned = new Set(state.owned.map(({ id }) => id));
  const ownNetwork = wordsOf(network.stdout)[0];
  // Another's machine could only be on our network where there is one.
  const isAsked = ([, name]: [string, string]) =>
    ownNetwork !== undefined || name.startsWith(prefix);
  const domains: LibvirtFacts["domains"][number][] = [];
  // One after the other: to another host each is a login, and sshd refuses when many begin at once (MaxStartups).
  for (const [uuid, name] of pairsIn(all.stdout).filter(isAsked)) {
    const isRunning = running.stdout.includes(uuid);
    if (owned.has(uuid)) {
      domains.push({ name, uuid, running: isRunning });
      continue;
    }
    // Interface, type, source, model, MAC: one line for each card.
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

/** The first word of each line, and the rest of it. */
const pairsIn = (text: string): [string, string][] =>
  [...text.matchAll(/^\s*(\S+)\s+(\S.*?)\s*$/gm)].map(([, first = "", rest = ""]) => [first, rest]);

/** Each removal is its commands in order; only the last must succeed, the others may find nothing to do. */
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
    `${thing.kind} ${thing.name}: can't be removed: ${last.stderr.trim() || last.failure}`,
  );
}

function strangers(stack: string, uri: string, foreign: readonly Thing[]): UserError {
  return new UserError({
    place: `libvirt at ${uri}`,
    found: `what belongs to a lab ${stack} that this state knows nothing of: ${foreign.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
    expected: "none by these names",
    remedy:
      "rename the stack, or go back to the state that made them; where neither is wanted, remove them with virsh (undefine, vol-delete, pool-undefine, net-undefine)",
  });
}
