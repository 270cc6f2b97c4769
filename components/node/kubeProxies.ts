import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { ApiServers } from "../controlplane/apiServers.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { step } from "../remote/step.ts";
import { kubeProxyPaths } from "./paths.ts";
import { renderKubeProxy } from "./renderKubeProxy.ts";

export interface KubeProxiesArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly apiServers: ApiServers;
}

/** The nodes that run it: every Node, unless something else makes Services' addresses work. */
const proxied = ({ network, nodes }: ClusterPlan): NodePlan[] =>
  network.proxy === "none" ? [] : nodes.filter(isKubernetesNode);

/** kube-proxy on every node that has one. */
export class KubeProxies extends pulumi.ComponentResource {
  /** By node name; created when the rules for all Services are in that node's kernel. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: KubeProxiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:KubeProxies", name, {}, opts);
    const { plan, hosts, authorities } = args;
    this.byNode = new Map(
      proxied(plan).map((node) => {
        const identity = issueIdentity(
          `${node.name}-kube-proxy`,
          {
            plan,
            commonName: "system:kube-proxy",
            signers: [{ authority: authorities.cluster, uses: ["client"] }],
          },
          { parent: this },
        );
        const [certPem = identity.keyPem] = identity.certPems;
        const { machine, ready } = hosts.of(node);
        // Without an API server it would wait ever longer between its attempts, and be late once there is one.
        const dependsOn = [ready, ...args.apiServers.reachable];
        return [
          node.name,
          step(
            {
              machine,
              script: renderKubeProxy(plan, node),
              files: [
                pemFile(clusterAuthorityPath, authorities.cluster.certPem, "644"),
                pemFile(kubeProxyPaths.cert, certPem, "644"),
                pemFile(kubeProxyPaths.key, identity.keyPem),
              ],
            },
            { parent: this, dependsOn },
          ),
        ];
      }),
    );
    this.registerOutputs();
  }
}
