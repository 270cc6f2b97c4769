import type * as pulumi from "@pulumi/pulumi";

/** A machine as the steps see it: how to reach it, what it is, and how long what stands on it lives. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** root, or a user with sudo that asks for no password. */
  readonly user: string;
  /** OpenSSH private key; always a secret. */
  readonly privateKey: pulumi.Output<string>;
  /** The host's public key, one line. Nothing is trusted on first use. */
  readonly hostKey: pulumi.Input<string>;
  /**
   * How many attempts to log in may fail. The command provider waits longer from one to the next, up to 5 s, and each
   * may take as long as `perDialTimeout` in step.ts.
   */
  readonly dialErrorLimit: number;
  /** Another value means another machine: every step on it starts afresh. Resolves once the machine was started. */
  readonly identity: pulumi.Input<string>;
  /** When this goes, so does everything on the machine, and nothing may be undone on it: its disk may stay. */
  readonly lifetime?: pulumi.Resource;
}
