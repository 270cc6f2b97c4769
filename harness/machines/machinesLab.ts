import type { Options } from "execa";

export interface MachinesOptions {
  /** Unique among the labs on this machine; lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Addresses of one /24. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** The directory of the root file system. Default: the user's cache. */
  readonly cache?: string;
  /** @default 60_000 */
  readonly withinMs?: number;
}

/** A machine, in the form of the program's config for existing machines. */
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

/** Running machines on a separate network. They end with this process at the latest. */
export interface MachinesLab {
  readonly name: string;
  /** Path of the network namespace. */
  readonly netns: string;
  /** A command prefix that runs a command in the lab's network; nothing else changes. */
  readonly enter: readonly [string, ...string[]];
  /** The bridge's address, which is the machines' gateway and name server. */
  readonly gateway: string;
  /** The current machines; a replaced one has another host key. */
  readonly machines: readonly LabMachine[];
  /** A directory that is removed together with the lab. */
  readonly directory: string;
  /** Runs a command in the lab's network; does not throw if it fails. */
  exec(command: readonly string[], options?: Options): Promise<CommandResult>;
  /**
   * Runs a shell command on a machine as `hw`, with a pinned host key. Exit code 255: no
   * connection.
   */
  ssh(name: string, command: string, options?: Options): Promise<CommandResult>;
  /** Runs `systemctl reboot`; resolves when the machine accepts SSH with another boot ID. */
  reboot(name: string): Promise<void>;
  /** Cuts a machine's power. */
  powerCut(name: string): Promise<void>;
  /** Powers a machine on; resolves when it accepts SSH. */
  powerOn(name: string): Promise<void>;
  /** Replaces a machine: the same name and address, an empty disk, another host key. */
  replace(name: string): Promise<void>;
  /** Disconnects the machine's network cable, or reconnects it. */
  partition(name: string, on: boolean): Promise<void>;
  /** Freezes all processes of the machine, or thaws them. */
  freeze(name: string, on: boolean): Promise<void>;
  /** Powers all machines off and removes the lab. */
  stop(): Promise<void>;
}
