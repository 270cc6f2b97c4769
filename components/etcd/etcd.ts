import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import { step } from "../remote/step.ts";
import { etcdPaths, etcdUser, renderEtcd } from "./render.ts";
import { renderMembership } from "./renderMembership.ts";

export interface EtcdArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
}

/** etcd on every member, all started together; each step ends when its member serves, which takes a quorum. */
export class Etcd extends pulumi.ComponentResource {
  readonly members: readonly command.remote.Command[];
  /** Each member's place in the cluster; who asks etcd waits for these, and stops asking before its member leaves. */
  readonly memberships: readonly command.remote.Command[];

  constructor(name: string, args: EtcdArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:etcd:Etcd", name, {}, opts);
    const { plan, hosts, authorities } = args;
    this.members = plan.etcd.members.map((member) => {
      const { machine, ready } = hosts.of(member);
      // A member is server to its clients, and both server and client to its peers.
      const identity = issueIdentity(
        `${member.name}-etcd`,
        {
          plan,
          commonName: member.name,
          dnsNames: [member.name, "localhost"],
          ipAddresses: [member.address, "127.0.0.1"],
          signers: [{ authority: authorities.etcd, uses: ["server", "client"] }],
        },
        { parent: this },
      );
      const [certPem = identity.keyPem] = identity.certPems;
      return step(
        {
          machine,
          script: renderEtcd(plan, member),
          files: [
            pemFile(etcdPaths.authority, authorities.etcd.certPem, "644"),
            pemFile(etcdPaths.cert, certPem, "644", etcdUser),
            pemFile(etcdPaths.key, identity.keyPem, "600", etcdUser),
          ],
        },
        { parent: this, dependsOn: [ready] },
      );
    });
    this.memberships = this.keepMemberships(args);
    this.registerOutputs();
  }

  /**
   * Each member's place in the cluster, kept on the next member: a member that leaves the config is removed there,
   * before it is stopped, and also where its machine is lost. When the whole cluster goes there is nobody to tell.
   * A member that is alone has one too, so that the last one of three keeps its own.
   */
  private keepMemberships({ plan, hosts, authorities }: EtcdArgs): command.remote.Command[] {
    const { members } = plan.etcd;
    return members.map((member, index) => {
      const keeper = members[(index + 1) % members.length] ?? member;
      const { machine } = hosts.of(keeper);
      return step(
        {
          machine,
          script: renderMembership(plan, member),
          about: { name: `${member.name}-etcd-member`, identity: member.peerUrl },
        },
        { parent: this, dependsOn: [...this.members], deletedWith: authorities.lifetime },
      );
    });
  }
}
