import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan.ts";
import type { Machine } from "../remote/machine.ts";
import { step } from "../remote/step.ts";
import { hostPrelude, renderHost } from "./render.ts";

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
        const ready = step({ machine, script, prelude: hostPrelude }, { parent: this });
        return [node.name, { machine, ready }];
      }),
    );
    this.registerOutputs();
  }

  /** The host of a node of the plan. */
  of(node: { readonly name: string }): Host {
    return machineOf(this.byNode, node.name);
  }
}

function machineOf<T>(byNode: ReadonlyMap<string, T>, node: string): T {
  const found = byNode.get(node);
  if (found === undefined) {
    throw new Error(`no machine was made for node ${node}`);
  }
  return found;
}
