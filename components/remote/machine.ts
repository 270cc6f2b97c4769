import type * as pulumi from "@pulumi/pulumi";

/**
 * A machine for the steps: how to connect to it, its identity, and the lifetime of everything on
 * it.
 */
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** root, or a user with passwordless sudo. */
  readonly user: string;
  /** OpenSSH private key; always a secret. */
  readonly privateKey: pulumi.Output<string>;
  /** The public SSH host key, one line. Nothing is trusted on first use. */
  readonly hostKey: pulumi.Input<string>;
  /**
   * How many login attempts may fail. The command provider waits longer after each, up to 5 s, and
   * each may take as long as `perDialTimeout` in step.ts.
   */
  readonly dialErrorLimit: number;
  /**
   * A new value means a new machine: every step on it runs from the start. Resolves once the
   * machine has started.
   */
  readonly identity: pulumi.Input<string>;
  /**
   * Deleting this deletes everything on the machine. No step's delete may run on the machine then,
   * because its disk may survive.
   */
  readonly lifetime?: pulumi.Resource;
}
