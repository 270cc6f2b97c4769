import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type RuntimeName, runtimeNames } from "../../model/lab.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Machine } from "../remote/machine.ts";
import { step } from "../remote/step.ts";
import { renderRuntime } from "./renderRuntime.ts";

export interface RuntimesArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
}

/** What the node may have had before. */
const otherRuntimes = ({ runtime }: NodePlan): RuntimeName[] =>
  runtimeNames.filter((name) => name !== runtime.name);

/**
 * A node has one runtime, under whichever name: another one replaces it, so that the old one is undone before the new one
 * comes, and before that what hangs on it (`hangingOn`). The default's identity is the machine's alone, as it was before
 * there was a choice.
 */
function aboutRuntime({ name, runtime }: NodePlan, identity: Machine["identity"]) {
  return {
    name: `${name}-${runtime.name}`,
    identity:
      runtime.name === "containerd" ? identity : pulumi.interpolate`${identity} ${runtime.name}`,
  };
}

/** The runtime of every node, with runc and the pod network's plugins. */
export class Runtimes extends pulumi.ComponentResource {
  /** By node name; created when its socket serves. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: RuntimesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:Runtimes", name, {}, opts);
    this.byNode = new Map(
      args.plan.nodes.filter(isKubernetesNode).map((node) => {
        const { machine, ready } = args.hosts.of(node);
        const script = renderRuntime(args.plan, node);
        const aliases = otherRuntimes(node).map((other) => ({ name: `${node.name}-${other}` }));
        return [
          node.name,
          step(
            { machine, script, about: aboutRuntime(node, machine.identity) },
            { parent: this, dependsOn: [ready], aliases },
          ),
        ];
      }),
    );
    this.registerOutputs();
  }
}
