import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { ApiServers } from "../controlplane/apiServers.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import { clusterAuthorityPath } from "../pki/paths.ts";
import { hangingOn, step } from "../remote/step.ts";
import { kubeletPaths } from "./paths.ts";
import { renderKubelet } from "./renderKubelet.ts";
import type { Runtimes } from "./runtimes.ts";

export interface KubeletsArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly apiServers: ApiServers;
  readonly runtimes: Runtimes;
}

/**
 * The kubelet on every node, started beside the control plane; where the API has load balancers, after them and the API
 * servers. A living cluster's kubelets would be sent to an address where nobody answers yet, or with a certificate that does not
 * name it; and a kubelet that finds no API server asks and logs ten times a second, for which several that start emulated have
 * no time.
 */
export class Kubelets extends pulumi.ComponentResource {
  /** By node name; created when that kubelet is healthy, registered or not. */
  readonly byNode: ReadonlyMap<string, command.remote.Command>;

  constructor(name: string, args: KubeletsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:worker:Kubelets", name, {}, opts);
    const { plan, hosts, authorities, apiServers } = args;
    this.byNode = new Map(
      plan.nodes.filter(isKubernetesNode).map((node) => {
        // The Node authorizer knows a kubelet by this name and group, and lets it touch only what is its own.
        const identity = issueIdentity(
          `${node.name}-kubelet`,
          {
            plan,
            commonName: `system:node:${node.name}`,
            organization: "system:nodes",
            dnsNames: [node.name],
            ipAddresses: [node.address],
            signers: [{ authority: authorities.cluster, uses: ["client", "server"] }],
          },
          { parent: this },
        );
        const [certPem = identity.keyPem] = identity.certPems;
        const runtime = args.runtimes.byNode.get(node.name);
        const { machine } = hosts.of(node);
        return [
          node.name,
          step(
            {
              machine,
              script: renderKubelet(plan, node),
              about: {
                name: `${node.name}-kubelet`,
                // Another runtime knows nothing of the pods that this kubelet runs.
                identity: hangingOn(machine.identity, runtime),
              },
              files: [
                pemFile(clusterAuthorityPath, authorities.cluster.certPem, "644"),
                pemFile(kubeletPaths.cert, certPem, "644"),
                pemFile(kubeletPaths.key, identity.keyPem),
              ],
            },
            // Without a runtime the kubelet would not be healthy.
            {
              parent: this,
              dependsOn: [
                ...(plan.loadBalancer === undefined ? [] : apiServers.reachable),
                ...(runtime === undefined ? [] : [runtime]),
              ],
            },
          ),
        ];
      }),
    );
    this.registerOutputs();
  }
}
