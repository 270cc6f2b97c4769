import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane, isKubernetesNode } from "../../model/roles.ts";
import type { NodePlan } from "../../plan/clusterPlan.ts";
import type { Foundation } from "../remote/installComponent.ts";
import { oneByOne } from "../remote/oneByOne.ts";
import { step } from "../remote/step.ts";
import { renderNode } from "./renderNode.ts";

export interface NodesArgs extends Foundation {
  /** Every API server, and the load balancers in front of them. */
  readonly api: readonly pulumi.Resource[];
  /** The kubelet's step on a node. */
  readonly kubeletOf: (node: { readonly name: string }) => readonly pulumi.CustomResource[];
}

/** Every node's object in the cluster: labels, taints, pod network; and Ready. */
export class Nodes extends pulumi.ComponentResource {
  /** By node name; created when the node is Ready. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: NodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:node:Nodes", name, {}, opts);
    const { plan, machineOf, authorities } = args;
    const controlPlanes = plan.nodes.filter(isControlPlane);
    const register = (
      node: NodePlan,
      previous: readonly command.remote.Command[],
    ): command.remote.Command => {
      // Another control plane's machine, if there is one: it still answers when this node's machine
      // is lost or recreated.
      const registrar = controlPlanes.find(({ name }) => name !== node.name) ?? node;
      const machine = machineOf(registrar);
      const kubelet = args.kubeletOf(node);
      const script = renderNode(plan, node);
      return step(
        {
          machine,
          script,
          resourceName: script.name,
          identity: machineOf(node).identity,
          // The node is drained before its kubelet is removed.
          replacedWith: kubelet,
        },
        {
          parent: this,
          // A node needs its kubelet to become Ready, and the step needs an API server.
          dependsOn: [...args.api, ...kubelet, ...previous],
          // A node that leaves the config is drained. When the whole cluster is deleted, pods have
          // no other node; when the only control plane's machine is deleted, there is no API
          // server.
          deletedWith: (registrar === node ? machine.lifetime : undefined) ?? authorities.lifetime,
        },
      );
    };
    this.byNode = oneByOne(plan.rollout, plan.nodes.filter(isKubernetesNode), register);
    this.registerOutputs();
  }

  /** The step of this node, as a list. */
  readonly at = (node: { readonly name: string }): readonly command.remote.Command[] => {
    const found = this.byNode.get(node.name);
    return found === undefined ? [] : [found];
  };
}
