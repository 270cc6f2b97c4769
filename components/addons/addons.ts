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
  /** Every API server, and the load balancers in front of them. */
  readonly api: readonly pulumi.Resource[];
  /** The kubelet's step on a node. */
  readonly kubeletOf: (node: { readonly name: string }) => readonly pulumi.Resource[];
}

/**
 * Objects that every cluster needs: the API server's access to kubelets, DNS, and a workload that
 * proves that the cluster works.
 */
export class Addons extends pulumi.ComponentResource {
  /** The API access of the pod network's programs; empty if none of them uses the API. */
  readonly podNetworkAccess: readonly pulumi.CustomResource[];

  constructor(name: string, args: AddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:addons:Addons", name, {}, opts);
    const { plan, authorities } = args;
    // Provider calls need an API server. This only waits: a new step on a control plane is no new
    // cluster.
    const provider = new kubernetes.Provider(
      "kubernetes",
      {
        kubeconfig: args.adminKubeconfig,
        // By default the provider compares kubeconfigs: a renewed certificate would look like
        // another cluster, and every object would be recreated.
        clusterIdentifier: plan.name,
        enableServerSideApply: true,
        // Adopts objects that an interrupted run left, and reverts manual changes.
        upsertExistingObjects: true,
        enablePatchForce: true,
      },
      { parent: this, dependsOn: [...args.api] },
    );
    // Objects are deleted with the cluster, so no delete is sent to its API.
    const options = {
      parent: this,
      provider,
      deletedWith: authorities.lifetime,
      // The provider's default is 10 minutes; on emulated machines the controllers may still be
      // starting.
      customTimeouts: { create: "30m", update: "30m" },
    };
    // The provider waits until workloads and Services have ready pods: if a worker's kubelet has
    // failed, it would wait for the whole timeout.
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
      // A pod does not start without its account and its Corefile, and is not ready without its
      // role.
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
