import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, VxlanPlan } from "../../plan/clusterPlan.ts";
import type { Addons } from "../addons/addons.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { step } from "../remote/step.ts";
import type { Nodes } from "./nodes.ts";
import { flannelPaths } from "./paths.ts";
import { flannelGroup, flannelUser, renderFlannel } from "./renderFlannel.ts";

export interface FlannelArgs {
  readonly plan: ClusterPlan;
  readonly vxlan: VxlanPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly nodes: Nodes;
  readonly addons: Addons;
}

/** flanneld on every node: where the lab's plugin is flannel, it makes the ways between nodes' pods. */
export class Flannel extends pulumi.ComponentResource {
  /** By node name; created when that node's way to other nodes' pods is in its kernel. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: FlannelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:Flannel", name, {}, opts);
    const { plan, vxlan, hosts, authorities } = args;
    this.byNode = new Map(
      plan.nodes.filter(isKubernetesNode).map((node) => {
        const identity = issueIdentity(
          `${node.name}-flanneld`,
          {
            plan,
            commonName: flannelUser(node),
            organization: flannelGroup,
            signers: [{ authority: authorities.cluster, uses: ["client"] }],
          },
          { parent: this },
        );
        const [certPem = identity.keyPem] = identity.certPems;
        const { machine } = hosts.of(node);
        const registered = args.nodes.byNode.get(node.name);
        return [
          node.name,
          step(
            {
              machine,
              script: renderFlannel(plan, node, vxlan),
              // flanneld writes into the Node when it starts: a Node that was made anew needs a flanneld that starts anew.
              about: {
                name: `${node.name}-flanneld`,
                identity: registered === undefined ? machine.identity : registered.id,
              },
              files: [
                pemFile(clusterAuthorityPath, authorities.cluster.certPem, "644"),
                pemFile(flannelPaths.cert, certPem, "644"),
                pemFile(flannelPaths.key, identity.keyPem),
              ],
            },
            {
              parent: this,
              // Without its Node it would exit, since the pods' network stands there; without its role it may not read it.
              dependsOn: [
                ...(registered === undefined ? [] : [registered]),
                ...args.addons.flannelAccess,
              ],
            },
          ),
        ];
      }),
    );
    this.registerOutputs();
  }
}
