import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { nodeResource } from "../../model/names.ts";

/** An SSH key pair in OpenSSH's formats. */
export interface SshKey {
  readonly privateKeyOpenssh: pulumi.Output<string>;
  readonly publicKeyOpenssh: pulumi.Output<string>;
}

/**
 * The SSH host key of every machine made here: cloud-init installs it, and every connection pins
 * it, so nothing is trusted on first use.
 */
export class HostKeys extends pulumi.ComponentResource {
  readonly byNode: ReadonlyMap<string, SshKey>;

  constructor(
    name: string,
    args: { readonly nodes: readonly { readonly name: string }[] },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:pki:HostKeys", name, {}, opts);
    this.byNode = new Map(
      args.nodes.map((node) => [
        node.name,
        new tls.PrivateKey(
          nodeResource.hostKey(node.name),
          { algorithm: "ED25519" },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs();
  }
}
