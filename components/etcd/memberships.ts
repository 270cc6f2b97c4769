import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { stepResource } from "../../model/names.ts";
import type { Foundation } from "../remote/installComponent.ts";
import { step } from "../remote/step.ts";
import { renderMembership } from "./renderMembership.ts";

export interface MembershipsArgs extends Foundation {
  /** Every member's etcd. */
  readonly members: readonly pulumi.Resource[];
}

/**
 * Each member's membership, as a step on the next member: a member that leaves the config is
 * removed there before it is stopped, even if its machine is lost. When the whole cluster is
 * deleted, no member is removed. A single member has a membership too, so that the last of three
 * keeps its own.
 */
export class EtcdMemberships extends pulumi.ComponentResource {
  /** Clients of etcd wait for these, and stop before their member is removed. */
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
          resourceName: stepResource(member.name, "etcd-member"),
          identity: member.peerUrl,
        },
        { parent: this, dependsOn: [...args.members], deletedWith: authorities.lifetime },
      );
    });
    this.registerOutputs();
  }
}
