import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { Authorities } from "./authorities.ts";
import { issueIdentity } from "./identity.ts";
import { renderKubeconfig } from "./kubeconfig.ts";

export interface AdministratorArgs {
  readonly plan: ClusterPlan;
  readonly authorities: Authorities;
}

/** The cluster's administrator: in the group system:masters, which no RBAC rule limits. */
export class Administrator extends pulumi.ComponentResource {
  /** Works anywhere, with embedded credentials. A secret; known before an API server serves it. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: AdministratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:pki:Administrator", name, {}, opts);
    const { plan, authorities } = args;
    const identity = issueIdentity(
      name,
      {
        plan,
        authorities,
        commonName: name,
        organization: "system:masters",
        signedBy: { cluster: ["client"] },
      },
      { parent: this },
    );
    const text = pulumi
      .all([authorities.cluster.certPem, identity.certPem.cluster, identity.keyPem])
      .apply(([authority, cert, key]) =>
        renderKubeconfig({
          cluster: plan.name,
          server: plan.api.url,
          user: `${plan.name}-admin`,
          credentials: { authority, cert, key },
        }),
      );
    this.kubeconfig = pulumi.secret(text);
    this.registerOutputs();
  }
}
