import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { SystemPlan } from "../../plan/system.ts";
import type { Machine } from "../remote/machine.ts";
import { type StepArgs, step } from "../remote/step.ts";
import { hostPrelude, renderHost } from "./renderOs.ts";
import { renderSystem, secretFiles } from "./renderSystem.ts";
import { renderTrust } from "./renderTrust.ts";

export interface HostsArgs {
  readonly plan: ClusterPlan;
  /** By node name. */
  readonly machines: ReadonlyMap<string, Machine>;
}

/** A node that is ready for components. */
export interface Host {
  readonly machine: Machine;
  /** Every step on this node waits for it. */
  readonly ready: command.remote.Command;
}

/** The operating system of every node, as Kubernetes needs it. */
export class Hosts extends pulumi.ComponentResource {
  /** By node name, in the order of the plan. */
  readonly byNode: ReadonlyMap<string, Host>;

  constructor(name: string, args: HostsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:host:Hosts", name, {}, opts);
    this.byNode = new Map(
      args.plan.nodes.map((node) => {
        const machine = machineOf(args.machines, node.name);
        const script = renderHost(args.plan, node);
        const { lifetime } = machine;
        const host = step(
          { machine, script, prelude: hostPrelude },
          // A machine made here takes this step's work with it, whatever it is deleted for.
          { parent: this, ...(lifetime === undefined ? {} : { retainOnDelete: true }) },
        );
        const standing = lifetime === undefined ? machine : untilGone(machine, host);
        const { authorities } = args.plan.outside;
        const trusting =
          authorities.length === 0
            ? host
            : step(
                { machine: standing, script: renderTrust(authorities) },
                { parent: this, dependsOn: [host] },
              );
        const { system } = node;
        // Before the components: they find files and time zone when they start.
        const ready =
          system === undefined
            ? trusting
            : step(systemStep(standing, system), { parent: this, dependsOn: [trusting] });
        return [node.name, { machine: standing, ready }];
      }),
    );
    this.registerOutputs();
  }

  /** The host of a node of the plan. */
  of(node: { readonly name: string }): Host {
    return machineOf(this.byNode, node.name);
  }
}

function systemStep(machine: Machine, system: SystemPlan): StepArgs {
  const files = secretFiles(system);
  return { machine, script: renderSystem(system), ...(files.length === 0 ? {} : { files }) };
}

/**
 * The machine as the other steps see it: they go with its host step. The engine leaves a `delete` out only where the resource
 * that it hangs on goes because of another one. A domain that is made anew for its own sake (another size) does not, and
 * steps that hung on it would undo themselves first: etcd's data would be gone from a disk that stays. The host step always
 * goes because of the domain.
 */
const untilGone = (machine: Machine, lifetime: pulumi.Resource): Machine => ({
  ...machine,
  lifetime,
});

function machineOf<T>(byNode: ReadonlyMap<string, T>, node: string): T {
  const found = byNode.get(node);
  if (found === undefined) {
    throw new Error(`no machine was made for node ${node}`);
  }
  return found;
}
