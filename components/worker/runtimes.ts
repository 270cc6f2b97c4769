import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterPlan, isKubernetesNode } from "../../plan.ts";
import type { Hosts } from "../host/hosts.ts";
import { step } from "../remote/step.ts";
import { renderRuntime } from "./renderRuntime.ts";

export interface RuntimesArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
}

/** containerd with runc and the pod network's plugins, on every node. */
export class Runtimes extends pulumi.ComponentResource {
  /** By node name; created when its socket serves. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: RuntimesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:Runtimes", name, {}, opts);
    this.byNode = new Map(
      args.plan.nodes.filter(isKubernetesNode).map((node) => {
        const { machine, ready } = args.hosts.of(node);
        const script = renderRuntime(args.plan, node);
        return [node.name, step({ machine, script }, { parent: this, dependsOn: [ready] })];
      }),
    );
    this.registerOutputs();
  }
}
