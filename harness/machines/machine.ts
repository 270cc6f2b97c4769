import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { poll } from "../../base/poll.ts";
import { run } from "../../base/run.ts";
import { freezeCgroup, processesIn } from "./cgroups.ts";

/** systemd-nspawn's exit code for a reboot. */
const rebootCode = 133;

export interface MachineSettings {
  readonly name: string;
  /** With its prefix length: 10.77.0.11/24. */
  readonly address: string;
  /** The bridge's address; also the machine's name server, which need not exist. */
  readonly gateway: string;
  /** Its interface on the bridge: at most 15 characters. */
  readonly port: string;
  readonly rootfs: string;
  /** The machine's directory, which `install` creates. */
  readonly directory: string;
  /** Relative to the root of each hierarchy. */
  readonly cgroup: string;
  readonly networkPid: number;
}

/** From power on to power off. */
interface Boot {
  readonly kill: () => void;
  /** Its exit code; null if it was killed. */
  readonly ended: Promise<number | null>;
}

/**
 * A container machine: writes its files before the first boot, and boots it until it is stopped.
 */
export class ContainerMachine {
  readonly settings: MachineSettings;
  #boot: Boot | undefined;
  #isWanted = false;

  constructor(settings: MachineSettings) {
    this.settings = settings;
  }

  /** Writes the machine's files, including its SSH host key; returns the public key. */
  async install(authorizedKey: string): Promise<string> {
    const { directory, name, gateway, rootfs } = this.settings;
    const upper = join(directory, "upper");
    for (const path of ["work", "root", "upper/etc/ssh", "upper/root/.ssh"]) {
      await mkdir(join(directory, path), { recursive: true });
    }
    await run("cp", ["--archive", join(rootfs, "var/lib"), join(directory, "var-lib")]);
    const home = join(upper, "home/hw/.ssh");
    await mkdir(home, { recursive: true });
    await writeFile(join(upper, "etc/hostname"), `${name}\n`);
    await writeFile(join(upper, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`);
    await writeFile(join(upper, "etc/resolv.conf"), `nameserver ${gateway}\n`);
    await writeFile(join(home, "authorized_keys"), `${authorizedKey}\n`);
    await writeFile(join(upper, "root/.ssh/authorized_keys"), `${authorizedKey}\n`);
    // A directory of the upper layer replaces the lower one's owner and mode.
    await run("chown", ["--recursive", "1000:1000", join(upper, "home/hw")]);
    await run("chmod", ["700", join(upper, "root"), join(upper, "root/.ssh"), home]);
    const key = join(upper, "etc/ssh/ssh_host_ed25519_key");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    return (await readFile(`${key}.pub`, "utf8")).trim();
  }

  /** The console's output since the machine was created. */
  get consolePath(): string {
    return join(this.settings.directory, "console.log");
  }

  /** Powers the machine on; it restarts after each reboot. */
  powerOn(): void {
    this.#isWanted = true;
    const { name, address, gateway, port, rootfs, directory, cgroup, networkPid } = this.settings;
    const script = join(import.meta.dirname, "boot.sh");
    const unshare = ["unshare", "--mount", "--propagation", "private", script];
    const console = openSync(this.consolePath, "a");
    // --pdeathsig: if this process is killed, the kernel kills the machine.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...unshare], {
      // Ctrl-C at a terminal must reach only this program, which then stops everything in order.
      detached: true,
      stdio: ["ignore", console, console],
      env: {
        ...process.env,
        NAME: name,
        ADDRESS: address,
        GATEWAY: gateway,
        PORT: port,
        ROOTFS: rootfs,
        DIRECTORY: directory,
        CGROUP: cgroup,
        NETWORK_PID: String(networkPid),
      },
    });
    closeSync(console);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
    const boot: Boot = { kill: () => child.kill("SIGKILL"), ended };
    this.#boot = boot;
    void ended.then((exitCode) => this.#afterBoot(boot, exitCode));
  }

  async #afterBoot(boot: Boot, exitCode: number | null): Promise<void> {
    if (this.#boot !== boot) return;
    const isReboot = exitCode === rebootCode && this.#isWanted;
    if (isReboot) {
      await appendFile(this.consolePath, "\n--- reboot ---\n");
      await this.#waitUntilEmpty();
    }
    this.#boot = undefined;
    // After a power cut the machine must stay off.
    if (isReboot && this.#isWanted) this.powerOn();
  }

  /** False after a shutdown or a power cut. */
  get isOn(): boolean {
    return this.#boot !== undefined;
  }

  /** Cuts the power: kills every process at once. The machine's files stay. */
  async powerCut(): Promise<void> {
    this.#isWanted = false;
    const boot = this.#boot;
    if (boot !== undefined) {
      // Frozen processes do not die before they are thawed.
      await this.freeze(false).catch(() => undefined);
      boot.kill();
      await boot.ended;
    }
    await this.#waitUntilEmpty();
  }

  /** Freezes every process of the machine, including its network, or thaws them. */
  async freeze(on: boolean): Promise<void> {
    await freezeCgroup(this.settings.cgroup, on);
  }

  async #waitUntilEmpty(): Promise<void> {
    const { name, cgroup } = this.settings;
    await poll(async () => ((await processesIn(cgroup)).length === 0 ? true : undefined), {
      what: `the processes of machine ${name} to end`,
      withinMs: 20_000,
      everyMs: 20,
    });
  }
}
