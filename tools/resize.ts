import { z } from "zod";
import { type ClusterPlan, guestNodes, isKubernetesNode, sharedResource } from "../plan.ts";
import type { Session } from "./session.ts";
import type { StackRun } from "./stackRun.ts";

const stateSchema = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
            type: z.string(),
            provider: z.string().default(""),
            inputs: z.record(z.string(), z.unknown()).default({}),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** A machine whose size in the config is not the one that it has. */
export interface Resized {
  readonly node: string;
  /** Its domain's. */
  readonly urn: string;
}

/**
 * The machines that are to have another size, in the order of the plan. None where a machine, a member of etcd or a node is
 * still to come: nobody relies on such a lab, and what is to come may be waited for.
 *
 * @param exported what `pulumi stack export` prints
 */
export function resizedMachines(plan: ClusterPlan, exported: unknown): Resized[] {
  const resources = stateSchema.parse(exported).deployment?.resources ?? [];
  const nameOf = ({ urn }: { urn: string }) => urn.slice(urn.lastIndexOf("::") + 2);
  const made = new Set(resources.map(nameOf));
  const last = [
    ...plan.nodes.map(({ name }) => `${name}-host`),
    ...plan.etcd.members.map(({ name }) => `${name}-etcd`),
    ...plan.nodes.filter(isKubernetesNode).map(({ name }) => `${name}-node`),
  ];
  if (!last.every((name) => made.has(name))) return [];
  const domains = new Map(
    resources
      .filter(({ type }) => type === "libvirt:index/domain:Domain")
      .map((resource) => [nameOf(resource), resource]),
  );
  return guestNodes(plan).flatMap(({ name, machine: { guest } }) => {
    const domain = domains.get(`${name}-domain`);
    // One that moves to another hypervisor is another machine, with another disk.
    const stays = domain?.provider.split("::")[3] === sharedResource("libvirt", guest.hypervisor);
    const isSame = domain?.inputs.vcpu === guest.cpus && domain.inputs.memory === guest.memoryMiB;
    return domain === undefined || !stays || isSame ? [] : [{ node: name, urn: domain.urn }];
  });
}

/** Whether these options of `pulumi up` say what is changed and what not: who does so has said the order too. */
export const sayWhatChanges = (options: readonly string[]): boolean =>
  options.some((option) => /^(-t|--target|--exclude|--expect-no-changes)/.test(option));

/**
 * Machines that are to have another size have it, one after the other: each is drained, boots again, and serves and is Ready
 * before the next one goes, so that etcd keeps its majority and pods have somewhere to be.
 *
 * @param up `pulumi up` as this run would do it, without targets
 * @returns the exit code of the run that failed, or 0
 */
export async function resizeInTurn(
  { terminal }: Pick<Session, "terminal">,
  { engine }: Pick<StackRun, "engine">,
  plan: ClusterPlan,
  up: { readonly args: readonly string[]; readonly asks: boolean },
): Promise<number> {
  const resized = resizedMachines(plan, JSON.parse(await engine.output(["stack", "export"])));
  // A single one has nobody to wait for.
  if (resized.length < 2) return 0;
  const names = resized.map(({ node }) => node).join(", ");
  terminal.say(`${names} get another size, one after the other`);
  for (const { urn } of resized) {
    const only = ["--target", urn, "--target-dependents"];
    const code = await engine.run([...up.args, ...only], { asks: up.asks });
    if (code !== 0) return code;
  }
  return 0;
}
