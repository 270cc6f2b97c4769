import type { Options } from "execa";

export interface MachinesOptions {
  /** Tells labs on one host apart; lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Addresses of one /24. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** Where the root file system is kept. The user's cache unless given. */
  readonly cache?: string;
  /** @default 60_000 */
  readonly withinMs?: number;
}

/** A machine as the program's config wants an existing host. */
export interface LabMachine {
  readonly name: string;
  readonly address: string;
  /** Has sudo without a password. */
  readonly user: "hw";
  /** One line, as in ssh_host_ed25519_key.pub. */
  readonly hostKey: string;
  /** OpenSSH form. */
  readonly privateKey: string;
  readonly privateKeyFile: string;
  readonly consolePath: string;
}

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Running machines on a network of their own. They end with this process at the latest. */
export interface MachinesLab {
  readonly name: string;
  /** Path of the network namespace. */
  readonly netns: string;
  /** Put before a command, this runs it in the lab's network (and nothing else changes). */
  readonly enter: readonly [string, ...string[]];
  /** The bridge's own address, which the machines have as gateway and name server. */
  readonly gateway: string;
  /** As they are now: one that was replaced has another host key. */
  readonly machines: readonly LabMachine[];
  /** Directory for what belongs to the lab and goes with it. */
  readonly directory: string;
  /** Runs a command in the lab's network to its end, whatever that is. */
  exec(command: readonly string[], options?: Options): Promise<CommandResult>;
  /** Runs a shell command on a machine as `hw`, its host key pinned. Exit code 255: no connection. */
  ssh(name: string, command: string, options?: Options): Promise<CommandResult>;
  /** `systemctl reboot`; resolves when the machine answers SSH with another boot ID. */
  reboot(name: string): Promise<void>;
  /** Pulls a machine's plug. */
  powerCut(name: string): Promise<void>;
  /** Switches a machine on that is off; resolves when it answers SSH. */
  powerOn(name: string): Promise<void>;
  /** Another machine comes in its place: the same name and address, an empty disk, a host key of its own. */
  replace(name: string): Promise<void>;
  /** Takes the machine's cable out, or puts it back. */
  partition(name: string, on: boolean): Promise<void>;
  /** Halts all that runs on the machine, or lets it go on. */
  freeze(name: string, on: boolean): Promise<void>;
  /** Power off for all; nothing of the lab is left. */
  stop(): Promise<void>;
}
