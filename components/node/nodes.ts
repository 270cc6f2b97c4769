import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane, isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { ApiServers } from "../controlplane/apiServers.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { hangingOn, step } from "../remote/step.ts";
import type { Kubelets } from "./kubelets.ts";
import { renderNode } from "./renderNode.ts";

export interface NodesArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly apiServers: ApiServers;
  readonly kubelets: Kubelets;
}

/** Every node's object in the cluster: labels, taints, pod network; and Ready. */
export class Nodes extends pulumi.ComponentResource {
  /** By node name; created when the node is Ready. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: NodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:Nodes", name, {}, opts);
    const { plan, hosts, authorities, apiServers } = args;
    const controlPlanes = plan.nodes.filter(isControlPlane);
    this.byNode = new Map(
      plan.nodes.filter(isKubernetesNode).map((node) => {
        // Another machine than the node's own, where there is one: it can still be asked when that one is lost or made anew.
        const registrar = controlPlanes.find(({ name }) => name !== node.name) ?? node;
        const { machine } = hosts.of(registrar);
        const kubelet = args.kubelets.byNode.get(node.name);
        const script = renderNode(plan, node);
        return [
          node.name,
          step(
            {
              machine,
              script,
              about: {
                name: script.name,
                // Whoever takes the kubelet away drains the node first.
                identity: hangingOn(hosts.of(node).machine.identity, kubelet),
              },
            },
            {
              parent: this,
              // Without a kubelet nothing would become Ready; without an API server there is nobody to ask.
              dependsOn: [...apiServers.reachable, ...(kubelet === undefined ? [] : [kubelet])],
              // A node that leaves is drained; when the whole cluster goes there is nobody to drain to, and when the only control
              // plane's machine does there is nobody to ask.
              deletedWith:
                (registrar === node ? machine.lifetime : undefined) ?? authorities.lifetime,
            },
          ),
        ];
      }),
    );
    this.registerOutputs();
  }
}
