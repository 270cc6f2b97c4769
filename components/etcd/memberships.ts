import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Foundation } from "../remote/installComponent.ts";
import { step } from "../remote/step.ts";
import { renderMembership } from "./renderMembership.ts";

export interface MembershipsArgs extends Foundation {
  /** Every member's etcd. */
  readonly members: readonly pulumi.Resource[];
}

/**
 * Each member's place in the cluster, kept on the next member: a member that leaves the config is
 * removed there before it is stopped, also if its machine is lost. When the whole cluster goes there is
 * nothing to leave. A single member has one too, so that the last one of three keeps its own.
 */
export class EtcdMemberships extends pulumi.ComponentResource {
  /** A client of etcd waits for these, and stops before its member leaves. */
  readonly steps: readonly command.remote.Command[];

  constructor(name: string, args: MembershipsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:etcd:EtcdMemberships", name, {}, opts);
    const { plan, machineOf, authorities } = args;
    const { members } = plan.etcd;
    this.steps = members.map((member, index) => {
      const keeper = members[(index + 1) % members.length] ?? member;
      return step(
        {
          machine: machineOf(keeper),
          script: renderMembership(plan, member),
          resourceName: `${member.name}-etcd-member`,
          identity: member.peerUrl,
        },
        { parent: this, dependsOn: [...args.members], deletedWith: authorities.lifetime },
      );
    });
    this.registerOutputs();
  }
}
