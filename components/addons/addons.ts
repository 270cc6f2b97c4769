import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import { podNetworkOf } from "../node/networks/podNetworkOf.ts";
import type { Authorities } from "../pki/authorities.ts";
import { grantAccess } from "./grantAccess.ts";
import { coreDns, kubeletAccess, smoke } from "./manifests.ts";
import { OwnManifests } from "./ownManifests.ts";

export interface AddonsArgs {
  readonly plan: ClusterPlan;
  readonly authorities: Authorities;
  readonly adminKubeconfig: pulumi.Output<string>;
  /** Every API server, and the way to them. */
  readonly api: readonly pulumi.Resource[];
  /** The kubelet's step on a node. */
  readonly kubeletOf: (node: { readonly name: string }) => readonly pulumi.Resource[];
}

/** What every cluster needs inside itself: access of the API server to kubelets, DNS, and a workload that proves it works. */
export class Addons extends pulumi.ComponentResource {
  /** What the pod network's programs may do with the API; empty if none of them talks to it. */
  readonly podNetworkAccess: readonly pulumi.CustomResource[];

  constructor(name: string, args: AddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:addons:Addons", name, {}, opts);
    const { plan, authorities } = args;
    // Without an API server there is nothing to talk to. Waiting is all: a new step on a control plane is no new cluster.
    const provider = new kubernetes.Provider(
      "kubernetes",
      {
        kubeconfig: args.adminKubeconfig,
        // Without it, a renewed certificate in the kubeconfig would pass for another cluster, where all is made anew.
        clusterIdentifier: plan.name,
        enableServerSideApply: true,
        // What an interrupted run left is taken over, and what was changed by hand is mended.
        upsertExistingObjects: true,
        enablePatchForce: true,
      },
      { parent: this, dependsOn: [...args.api] },
    );
    // When the cluster goes, so does all that lives in it.
    const options = {
      parent: this,
      provider,
      deletedWith: authorities.lifetime,
      // The provider's own bound is 10 minutes, and the controllers may still be starting where machines are emulated.
      customTimeouts: { create: "30m", update: "30m" },
    };
    // Workloads and Services are waited for until pods are ready: where a worker's kubelet has failed, that would be the whole bound.
    const kubelets = plan.nodes
      .filter(({ roles }) => roles.includes("worker"))
      .flatMap(args.kubeletOf);
    const workloads = { ...options, dependsOn: kubelets };

    new kubernetes.rbac.v1.ClusterRoleBinding("kubelet-access", kubeletAccess, options);
    grantAccess(plan, options);

    const { access } = podNetworkOf(plan);
    this.podNetworkAccess =
      access === undefined
        ? []
        : [
            new kubernetes.rbac.v1.ClusterRole(access.name, access.clusterRole, options),
            new kubernetes.rbac.v1.ClusterRoleBinding(
              access.name,
              access.clusterRoleBinding,
              options,
            ),
          ];

    if (plan.manifests.length > 0) {
      new OwnManifests("manifests", { files: plan.manifests, after: kubelets }, options);
    }

    const dns = coreDns(plan);
    const account = new kubernetes.core.v1.ServiceAccount("coredns", dns.serviceAccount, options);
    const role = new kubernetes.rbac.v1.ClusterRole("coredns", dns.clusterRole, options);
    const binding = new kubernetes.rbac.v1.ClusterRoleBinding(
      "coredns",
      dns.clusterRoleBinding,
      options,
    );
    const config = new kubernetes.core.v1.ConfigMap("coredns", dns.configMap, options);
    new kubernetes.core.v1.Service("kube-dns", dns.service, workloads);
    new kubernetes.apps.v1.Deployment("coredns", dns.deployment, {
      ...options,
      // Without its account and its Corefile a pod would not start; without its role it would not become ready.
      dependsOn: [account, role, binding, config, ...kubelets],
    });

    const proof = smoke(plan);
    const namespace = new kubernetes.core.v1.Namespace("smoke", proof.namespace, workloads);
    const inside = { ...options, dependsOn: [namespace] };
    new kubernetes.core.v1.Service("smoke", proof.service, inside);
    new kubernetes.apps.v1.DaemonSet("smoke", proof.daemonSet, inside);
    this.registerOutputs();
  }
}
