import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { SystemPlan } from "../../plan/system.ts";
import type { Machine } from "../remote/machine.ts";
import { oneByOne } from "../remote/oneByOne.ts";
import { renderInstallation } from "../remote/renderComponent.ts";
import { type StepArgs, step } from "../remote/step.ts";
import { installOs } from "./installOs.ts";
import { osPrelude } from "./prelude.ts";
import { renderSystem, secretFiles } from "./renderSystem.ts";
import { renderTrust } from "./renderTrust.ts";

export interface OperatingSystemsArgs {
  readonly plan: ClusterPlan;
  /** By node name. */
  readonly machines: ReadonlyMap<string, Machine>;
}

interface PreparedMachine {
  readonly machine: Machine;
  readonly ready: command.remote.Command;
}

/** The operating system of every node, as Kubernetes needs it. */
export class OperatingSystems extends pulumi.ComponentResource {
  readonly #byNode: ReadonlyMap<string, PreparedMachine>;

  constructor(name: string, args: OperatingSystemsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:os:OperatingSystems", name, {}, opts);
    this.#byNode = oneByOne(
      args.plan.rollout,
      args.plan.nodes,
      (node, previous: readonly PreparedMachine[]) => {
        const machine = ofNode(args.machines, node.name);
        const { lifetime } = machine;
        const os = step(
          {
            machine,
            script: renderInstallation("os", installOs(args.plan, node)),
            prelude: osPrelude,
          },
          // Deleting a guest deletes this step's work, whatever the reason for the delete.
          {
            parent: this,
            dependsOn: previous.map(({ ready }) => ready),
            ...(lifetime === undefined ? {} : { retainOnDelete: true }),
          },
        );
        const prepared = lifetime === undefined ? machine : deletedWithOs(machine, os);
        const { authorities } = args.plan.outside;
        const trusting =
          authorities.length === 0
            ? os
            : step(
                { machine: prepared, script: renderTrust(authorities) },
                { parent: this, dependsOn: [os] },
              );
        const { system } = node;
        // Before the components, which read files and the time zone when they start.
        const ready =
          system === undefined
            ? trusting
            : step(systemStep(prepared, system), { parent: this, dependsOn: [trusting] });
        return { machine: prepared, ready };
      },
    );
    this.registerOutputs();
  }

  /** The machine of a node, for the steps after this one. */
  readonly machineOf = (node: { readonly name: string }): Machine =>
    ofNode(this.#byNode, node.name).machine;

  /**
   * The last step of the operating system, as a list: every other step on this node waits for it.
   */
  readonly at = (node: { readonly name: string }): readonly command.remote.Command[] => [
    ofNode(this.#byNode, node.name).ready,
  ];
}

function systemStep(machine: Machine, system: SystemPlan): StepArgs {
  const files = secretFiles(system);
  return { machine, script: renderSystem(system), ...(files.length === 0 ? {} : { files }) };
}

/**
 * Steps are deleted together with their operating-system step (`deletedWith`). Pulumi skips a
 * delete only if the resource named there is itself deleted because of a dependency. A domain
 * replaced for its own sake (resized, say) is not, so steps tied to it would run their deletes
 * first and wipe etcd's data from a disk that survives. The operating-system step is always deleted
 * because of the domain.
 */
const deletedWithOs = (machine: Machine, os: pulumi.Resource): Machine => ({
  ...machine,
  lifetime: os,
});

function ofNode<T>(byNode: ReadonlyMap<string, T>, node: string): T {
  const found = byNode.get(node);
  if (found === undefined) throw new Error(`no machine was created for node ${node}`);
  return found;
}
