import { readFile, writeFile } from "node:fs/promises";
import type { Options } from "execa";
import { cacheDir } from "../../../tools/paths.ts";
import { messageOf, PersonError } from "../../../tools/personError.ts";
import { run } from "../../../tools/run.ts";
import { startNetwork } from "./network.ts";
import { claimLab } from "./ownership.ts";
import { machineRootfs } from "./rootfs.ts";
import { RunningLab } from "./runningLab.ts";

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

/**
 * Boots container machines: systemd as first process, SSH, a network, cgroups and a disk of their own, the host's kernel
 * and clock. Resolves when each answers SSH.
 *
 * @throws PersonError where this host can't run them, or one does not answer in time (with the end of its console).
 */
export async function startMachines(options: MachinesOptions): Promise<MachinesLab> {
  const { name, withinMs = 60_000 } = options;
  await requireHost();
  await allowInotify();
  const rootfs = await machineRootfs(options.cache ?? cacheDir());
  await claimLab(name);
  const gateway = gatewayOf(options);
  const network = await startNetwork(`${gateway}/24`);
  const lab = new RunningLab(name, gateway, network);
  try {
    await lab.boot(options.nodes, rootfs);
    await Promise.all(lab.machines.map((machine) => lab.answers(machine.name, withinMs)));
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function gatewayOf({ nodes }: MachinesOptions): string {
  const networks = new Set(nodes.map(({ address }) => address.replace(/\.\d+$/, "")));
  const [network] = networks;
  if (network === undefined || networks.size > 1) {
    throw new Error(`container machines: wanted addresses of one /24, got ${[...networks].join()}`);
  }
  return `${network}.1`;
}

/** What no message of a tool below would make plain. */
async function requireHost(): Promise<void> {
  const place = "container machines";
  const hierarchies = await readFile("/proc/mounts", "utf8");
  if (process.getuid?.() !== 0) {
    throw new PersonError({
      place,
      found: "another user",
      expected: "root",
      remedy: "run this as root",
    });
  }
  if (!/ \/sys\/fs\/cgroup\/freezer cgroup /.test(hierarchies)) {
    throw new PersonError({
      place,
      found: "no cgroup v1 hierarchies",
      expected: "them at /sys/fs/cgroup/<controller>",
      remedy: "run these tests on such a host; the tests with guests need none",
    });
  }
  try {
    await run("systemd-nspawn", ["--version"]);
  } catch (error) {
    const remedy = "as root: apt-get install systemd-container";
    throw new PersonError({
      place,
      found: messageOf(error),
      expected: "systemd-nspawn to run",
      remedy,
    });
  }
}

/** Watches count for the host's root, whichever machine's root has them: a node takes about 17, the usual limit is 128. */
async function allowInotify(): Promise<void> {
  const file = "/proc/sys/fs/inotify/max_user_instances";
  const enough = 4096;
  // It stays so when the machines are gone: another lab may have come meanwhile, and it only permits.
  if (Number(await readFile(file, "utf8")) < enough) await writeFile(file, String(enough));
}
