import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Session } from "../../base/session.ts";
import { type GuestNode, renderSeed, seedPath } from "../../cloudinit/seed.ts";
import { nodeResource, sharedResource, stepResource, userKeyResource } from "../../model/names.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { guestNodes } from "../../plan/nodes.ts";
import { readRecord } from "../../plan/record.ts";
import type { StackRun } from "./stackRun.ts";
import {
  exportState,
  type Find,
  finder,
  outputsIn,
  providerOf,
  type StackState,
  type StateResource,
} from "./stackState.ts";

const keySchema = z.object({
  publicKeyOpenssh: z.string(),
  /** As `--show-secrets` tells a secret: its JSON. */
  privateKeyOpenssh: z.object({
    plaintext: z.string().transform((json) => z.string().parse(JSON.parse(json))),
  }),
});

/** A machine that the next `up` makes anew on the disk that it has: it boots again. */
export interface Restart {
  readonly node: string;
  /** Its seed's and its domain's. All steps on it hang on the domain; on the seed they don't, to the engine's targets. */
  readonly urns: readonly string[];
}

/**
 * The machines that are to have another size or another seed, in the order of the plan. None where a key, a machine, a member of
 * etcd or a node is still to come: nobody relies on such a lab, and what is to come may be waited for. Nor where a node's
 * address is another: the others would look for it where it is not.
 *
 * @param state exported with its secrets shown
 */
export function machinesToRestart(plan: ClusterPlan, state: StackState): Restart[] {
  const find = finder(state);
  if (!isWhole(plan, find) || !keepsAddresses(plan, state)) return [];
  return guestNodes(plan).flatMap((node) => {
    const domain = find("domain", nodeResource.domain(node.name));
    const seed = find("volume", nodeResource.seed(node.name));
    if (domain === undefined || seed === undefined || !stays(plan, node, domain, find)) return [];
    const { cpus, memoryMiB } = node.machine.guest;
    const hasSize = domain.inputs?.vcpu === cpus && domain.inputs.memory === memoryMiB;
    const hasSeed = seed.inputs?.source === seedOf(plan, node, find);
    return hasSize && hasSeed ? [] : [{ node: node.name, urns: [seed.urn, domain.urn] }];
  });
}

function isWhole(plan: ClusterPlan, find: Find): boolean {
  const lastSteps = [
    ...plan.nodes.map(({ name }) => stepResource(name, "os")),
    ...plan.etcd.members.map(({ name }) => stepResource(name, "etcd")),
    ...plan.nodes.filter(isKubernetesNode).map(({ name }) => stepResource(name, "node")),
  ];
  const keys = [userKeyResource, ...guestNodes(plan).map(({ name }) => nodeResource.hostKey(name))];
  return (
    lastSteps.every((name) => find("step", name) !== undefined) &&
    keys.every((name) => find("key", name) !== undefined)
  );
}

function keepsAddresses(plan: ClusterPlan, state: StackState): boolean {
  const record = readRecord(outputsIn(state), plan.name);
  const addresses = new Map(record?.nodes.map(({ name, address }) => [name, address]));
  return plan.nodes.every(({ name, address }) => addresses.get(name) === address);
}

/**
 * Whether it is on the same host, in the same network. One that moves to another hypervisor is another machine, with another
 * disk; and from another network it would not reach those that are still in this one.
 */
function stays(
  plan: ClusterPlan,
  { machine }: GuestNode,
  domain: StateResource,
  find: Find,
): boolean {
  const { hypervisor } = machine.guest;
  const bridge = plan.libvirt.hypervisors.find(({ name }) => name === hypervisor)?.bridge;
  const network = find("network", sharedResource("network", hypervisor));
  const addresses = bridge === undefined ? [plan.network.nodes] : undefined;
  return (
    providerOf(domain) === sharedResource("libvirt", hypervisor) &&
    isDeepStrictEqual(network?.inputs?.addresses, addresses)
  );
}

/** The path of the seed that the program will make. */
function seedOf(plan: ClusterPlan, node: GuestNode, find: Find): string {
  const host = keySchema.parse(find("key", nodeResource.hostKey(node.name))?.outputs);
  const user = keySchema.parse(find("key", userKeyResource)?.outputs);
  const image = renderSeed(plan, node, {
    hostPrivateKey: host.privateKeyOpenssh.plaintext,
    hostPublicKey: host.publicKeyOpenssh,
    userPublicKey: user.publicKeyOpenssh,
  });
  return seedPath(plan, image);
}

/** Whether these options of `pulumi up` say what is changed and what not: who does so has said the order too. */
export const sayWhatChanges = (options: readonly string[]): boolean =>
  options.some((option) => /^(-t|--target|--exclude|--expect-no-changes)/.test(option));

/**
 * Machines that are to boot again do so one after the other: each is drained, boots, and serves and is Ready before the next
 * one goes, so that etcd keeps its majority and pods have somewhere to be.
 *
 * @param up `pulumi up` as this run would do it, without targets
 * @returns the exit code of the run that failed, or 0
 */
export async function restartInTurn(
  { terminal }: Pick<Session, "terminal">,
  { engine }: Pick<StackRun, "engine">,
  plan: ClusterPlan,
  up: { readonly args: readonly string[]; readonly asks: boolean },
): Promise<number> {
  // A seed's path tells of the host key in it.
  const restarts = machinesToRestart(plan, await exportState(engine, { showSecrets: true }));
  // A single one has nobody to wait for.
  if (restarts.length < 2) return 0;
  const names = restarts.map(({ node }) => node).join(", ");
  terminal.say(`${names} boot again with another size or seed, one after the other`);
  for (const { urns } of restarts) {
    const only = [...urns.flatMap((urn) => ["--target", urn]), "--target-dependents"];
    const code = await engine.run([...up.args, ...only], { asks: up.asks });
    if (code !== 0) return code;
  }
  return 0;
}
