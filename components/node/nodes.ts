import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane, isKubernetesNode } from "../../model/roles.ts";
import type { Foundation } from "../remote/installComponent.ts";
import { step } from "../remote/step.ts";
import { renderNode } from "./renderNode.ts";

export interface NodesArgs extends Foundation {
  /** Every API server, and the way to them. */
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
    const steps = plan.nodes.filter(isKubernetesNode).map((node) => {
      // Not on the node's own machine if there is another control plane: that one still answers when
      // this machine is lost or recreated.
      const registrar = controlPlanes.find(({ name }) => name !== node.name) ?? node;
      const machine = machineOf(registrar);
      const kubelet = args.kubeletOf(node);
      const script = renderNode(plan, node);
      const registered = step(
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
          // Without a kubelet nothing becomes Ready; without an API server there is nothing to ask.
          dependsOn: [...args.api, ...kubelet],
          // A node that leaves is drained. When the whole cluster goes there is no node to drain to, and
          // when the only control plane's machine goes there is no API server to ask.
          deletedWith: (registrar === node ? machine.lifetime : undefined) ?? authorities.lifetime,
        },
      );
      return [node.name, registered] as const;
    });
    this.byNode = new Map(steps);
    this.registerOutputs();
  }

  /** The step of this node, as a list. */
  readonly at = (node: { readonly name: string }): readonly command.remote.Command[] => {
    const found = this.byNode.get(node.name);
    return found === undefined ? [] : [found];
  };
}
