import { isDeepStrictEqual } from "node:util";
import type { Session } from "../../base/session.ts";
import { renderSeed, seedPath } from "../../cloudinit/seed.ts";
import { nodeResource, sharedResource, stepResource, userKeyResource } from "../../model/names.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, GuestNode } from "../../plan/clusterPlan.ts";
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
import { keyIn } from "./stateKeys.ts";

/** A machine that the next `up` recreates on its existing disk, and so restarts. */
export interface Restart {
  readonly node: string;
  /**
   * The URNs of its seed and domain. Steps depend on the domain; the engine's targets do not reach
   * them from the seed.
   */
  readonly urns: readonly string[];
}

/**
 * The machines whose size or seed changes, in the plan's order. None if a key, machine, etcd member
 * or node does not exist yet, since the lab is not in use then; nor if a node's address changes,
 * since the other nodes would not find it.
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
    const { cpus, memoryMiB } = node.machine;
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
 * Whether a machine stays on its hypervisor and network. On another hypervisor it has another disk,
 * and from another network it cannot reach the other nodes.
 */
function stays(
  plan: ClusterPlan,
  { machine }: GuestNode,
  domain: StateResource,
  find: Find,
): boolean {
  const { hypervisor } = machine;
  const bridge = plan.libvirt.hypervisors.find(({ name }) => name === hypervisor)?.bridge;
  const network = find("network", sharedResource("network", hypervisor));
  const addresses = bridge === undefined ? [String(plan.network.nodes)] : undefined;
  return (
    providerOf(domain) === sharedResource("libvirt", hypervisor) &&
    isDeepStrictEqual(network?.inputs?.addresses, addresses)
  );
}

/** The path of the seed that the program will create. */
function seedOf(plan: ClusterPlan, node: GuestNode, find: Find): string {
  const host = keyIn(find, nodeResource.hostKey(node.name));
  const user = keyIn(find, userKeyResource);
  if (host === undefined || user === undefined) throw new Error(`${node.name} has no keys`);
  const image = renderSeed(plan, node, {
    hostPrivateKey: host.privateKey,
    hostPublicKey: host.publicKey,
    userPublicKey: user.publicKey,
  });
  return seedPath(plan, image);
}

/** Whether options of `pulumi up` select resources: then the user decides the order, too. */
export const selectResources = (options: readonly string[]): boolean =>
  options.some((option) => /^(-t|--target|--exclude|--expect-no-changes)/.test(option));

/**
 * A rolling restart: drains and restarts one machine at a time, and waits until it serves and is
 * Ready. So etcd keeps its quorum and pods can move.
 *
 * @param up this run's `pulumi up`, without targets
 * @returns the exit code of the run that failed, or 0
 */
export async function restartOneByOne(
  { terminal }: Pick<Session, "terminal">,
  { engine }: Pick<StackRun, "engine">,
  plan: ClusterPlan,
  up: { readonly args: readonly string[]; readonly asks: boolean },
): Promise<number> {
  // A seed's path depends on the host key in it.
  const restarts = machinesToRestart(plan, await exportState(engine, { showSecrets: true }));
  // A single machine needs no order.
  if (restarts.length < 2) return 0;
  const names = restarts.map(({ node }) => node).join(", ");
  terminal.say(`${names} restart with another size or seed, one at a time`);
  for (const { urns } of restarts) {
    const only = [...urns.flatMap((urn) => ["--target", urn]), "--target-dependents"];
    const code = await engine.run([...up.args, ...only], { asks: up.asks });
    if (code !== 0) return code;
  }
  return 0;
}
