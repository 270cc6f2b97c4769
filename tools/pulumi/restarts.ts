import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Session } from "../../base/session.ts";
import { type GuestNode, renderSeed, seedPath } from "../../cloudinit/seed.ts";
import { sharedResource } from "../../model/names.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { guestNodes } from "../../plan/nodes.ts";
import type { StackRun } from "./stackRun.ts";

const types = {
  domain: "libvirt:index/domain:Domain",
  key: "tls:index/privateKey:PrivateKey",
  network: "libvirt:index/network:Network",
  step: "command:remote:Command",
  volume: "libvirt:index/volume:Volume",
} as const;

const values = z.record(z.string(), z.unknown()).default({});

const stateSchema = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
            type: z.string(),
            provider: z.string().default(""),
            inputs: values,
            outputs: values,
          }),
        )
        .nullish(),
    })
    .nullish(),
});

type Resource = NonNullable<
  NonNullable<z.infer<typeof stateSchema>["deployment"]>["resources"]
>[number];

/** What the state has of this type and name. */
type Find = (type: keyof typeof types, name: string) => Resource | undefined;

/** What the last whole `up` said of the nodes; see `index.ts`. */
const nodesSchema = z.array(z.object({ name: z.string(), address: z.string() })).default([]);
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
 * @param exported what `pulumi stack export --show-secrets` prints
 */
export function machinesToRestart(plan: ClusterPlan, exported: unknown): Restart[] {
  const resources = stateSchema.parse(exported).deployment?.resources ?? [];
  const named = new Map(
    resources.map((resource) => [
      `${resource.type} ${resource.urn.slice(resource.urn.lastIndexOf("::") + 2)}`,
      resource,
    ]),
  );
  const find: Find = (type, name) => named.get(`${types[type]} ${name}`);
  if (!isWhole(plan, find) || !keepsAddresses(plan, resources)) return [];
  return guestNodes(plan).flatMap((node) => {
    const domain = find("domain", `${node.name}-domain`);
    const seed = find("volume", `${node.name}-seed`);
    if (domain === undefined || seed === undefined || !stays(plan, node, domain, find)) return [];
    const { cpus, memoryMiB } = node.machine.guest;
    const hasSize = domain.inputs.vcpu === cpus && domain.inputs.memory === memoryMiB;
    const hasSeed = seed.inputs.source === seedOf(plan, node, find);
    return hasSize && hasSeed ? [] : [{ node: node.name, urns: [seed.urn, domain.urn] }];
  });
}

function isWhole(plan: ClusterPlan, find: Find): boolean {
  const lastSteps = [
    ...plan.nodes.map(({ name }) => `${name}-host`),
    ...plan.etcd.members.map(({ name }) => `${name}-etcd`),
    ...plan.nodes.filter(isKubernetesNode).map(({ name }) => `${name}-node`),
  ];
  const keys = ["ssh-user", ...guestNodes(plan).map(hostKeyOf)];
  return (
    lastSteps.every((name) => find("step", name) !== undefined) &&
    keys.every((name) => find("key", name) !== undefined)
  );
}

function keepsAddresses(plan: ClusterPlan, resources: readonly Resource[]): boolean {
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const before = nodesSchema.parse(stack?.outputs.nodes);
  const addresses = new Map(before.map(({ name, address }) => [name, address]));
  return plan.nodes.every(({ name, address }) => addresses.get(name) === address);
}

/**
 * Whether it is on the same host, in the same network. One that moves to another hypervisor is another machine, with another
 * disk; and from another network it would not reach those that are still in this one.
 */
function stays(plan: ClusterPlan, { machine }: GuestNode, domain: Resource, find: Find): boolean {
  const { hypervisor } = machine.guest;
  const bridge = plan.libvirt.hypervisors.find(({ name }) => name === hypervisor)?.bridge;
  const network = find("network", sharedResource("network", hypervisor));
  const addresses = bridge === undefined ? [plan.network.nodes] : undefined;
  return (
    domain.provider.split("::")[3] === sharedResource("libvirt", hypervisor) &&
    isDeepStrictEqual(network?.inputs.addresses, addresses)
  );
}

const hostKeyOf = ({ name }: { readonly name: string }): string => `${name}-ssh-host`;

/** The path of the seed that the program will make. */
function seedOf(plan: ClusterPlan, node: GuestNode, find: Find): string {
  const host = keySchema.parse(find("key", hostKeyOf(node))?.outputs);
  const user = keySchema.parse(find("key", "ssh-user")?.outputs);
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
  const exported = await engine.output(["stack", "export", "--show-secrets"]);
  const restarts = machinesToRestart(plan, JSON.parse(exported));
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
