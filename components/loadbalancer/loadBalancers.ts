import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { Etcd } from "../etcd/etcd.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import { step } from "../remote/step.ts";
import { haproxyPaths } from "./paths.ts";
import { renderHaproxy } from "./renderHaproxy.ts";
import { renderKeepalived } from "./renderKeepalived.ts";

export interface LoadBalancersArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly etcd: Etcd;
}

/** HAProxy on every load balancer, and keepalived where they share an address; nothing when the lab has none. */
export class LoadBalancers extends pulumi.ComponentResource {
  /** Whoever speaks to the API by its address waits for these. */
  readonly steps: readonly command.remote.Command[];

  constructor(name: string, args: LoadBalancersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:loadbalancer:LoadBalancers", name, {}, opts);
    const { plan, hosts, authorities, etcd } = args;
    const balancer = plan.loadBalancer;
    const parent = { parent: this };
    // What API servers wait for, and so with them, not before: where control planes are made anew, or can't be reached, a
    // balancer keeps those that it has.
    const controlPlanes = plan.nodes.filter(isControlPlane).map((node) => hosts.of(node).ready);
    const prerequisites = [...controlPlanes, ...etcd.memberships];
    this.steps = (balancer?.nodes ?? []).flatMap((node) => {
      if (balancer === undefined) return [];
      const { machine, ready } = hosts.of(node);
      // API servers tell only who has a certificate whether they are ready.
      const identity = issueIdentity(
        `${node.name}-haproxy`,
        {
          plan,
          commonName: "haproxy",
          signers: [{ authority: authorities.cluster, uses: ["client"] }],
        },
        parent,
      );
      const [certPem = identity.keyPem] = identity.certPems;
      const pem = pulumi.interpolate`${certPem}${identity.keyPem}`;
      const haproxy = step(
        {
          machine,
          script: renderHaproxy(plan, balancer),
          files: [
            pemFile(haproxyPaths.authority, authorities.cluster.certPem, "644"),
            pemFile(haproxyPaths.identity, pem),
          ],
        },
        { ...parent, dependsOn: [ready, ...prerequisites] },
      );
      if (!balancer.shared) return [haproxy];
      const script = renderKeepalived(plan, balancer, node);
      // It would give the address away again until haproxy serves.
      return [haproxy, step({ machine, script }, { ...parent, dependsOn: [haproxy] })];
    });
    this.registerOutputs();
  }
}
