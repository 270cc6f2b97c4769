import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { poll } from "../../base/poll.ts";
import { run } from "../../base/run.ts";
import { freezeCgroup, processesIn } from "./cgroups.ts";

/** systemd-nspawn's exit code for a machine that wants to be started again. */
const rebootCode = 133;

export interface MachineSettings {
  readonly name: string;
  /** With its prefix length: 10.77.0.11/24. */
  readonly address: string;
  /** Address of the bridge; also the machine's name server, where nothing need listen. */
  readonly gateway: string;
  /** Its interface on the bridge: at most 15 characters. */
  readonly port: string;
  readonly rootfs: string;
  /** Its own; made by `install`. */
  readonly directory: string;
  /** Below the top of each hierarchy. */
  readonly cgroup: string;
  readonly networkPid: number;
}

/** From power on until it is off again. */
interface Boot {
  readonly kill: () => void;
  /** Its exit code; null if it was killed. */
  readonly ended: Promise<number | null>;
}

/** One machine's power and what it stands on: files before the first boot, then boots until it is stopped. */
export class ContainerMachine {
  readonly settings: MachineSettings;
  #boot: Boot | undefined;
  #isWanted = false;

  constructor(settings: MachineSettings) {
    this.settings = settings;
  }

  /** Writes the files that are this machine's own, its SSH host key among them; returns the key's public half. */
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
    // A directory of the upper layer stands for the one below it, owner and mode included.
    await run("chown", ["--recursive", "1000:1000", join(upper, "home/hw")]);
    await run("chmod", ["700", join(upper, "root"), join(upper, "root/.ssh"), home]);
    const key = join(upper, "etc/ssh/ssh_host_ed25519_key");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    return (await readFile(`${key}.pub`, "utf8")).trim();
  }

  /** What it has printed since it was made. */
  get consolePath(): string {
    return join(this.settings.directory, "console.log");
  }

  /** Switches it on; from then on it is started again whenever it reboots. */
  powerOn(): void {
    this.#isWanted = true;
    const { name, address, gateway, port, rootfs, directory, cgroup, networkPid } = this.settings;
    const script = join(import.meta.dirname, "boot.sh");
    const unshare = ["unshare", "--mount", "--propagation", "private", script];
    const console = openSync(this.consolePath, "a");
    // --pdeathsig: if this process is killed, the kernel kills the machine.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...unshare], {
      // Ctrl-C at a terminal is for this program, which then stops things in order.
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
    // Whoever pulled the plug meanwhile does not want it back.
    if (isReboot && this.#isWanted) this.powerOn();
  }

  /** False once it has shut itself down or was cut off. */
  get isOn(): boolean {
    return this.#boot !== undefined;
  }

  /** Pulls the plug: every process is gone at once. Its files stay as they are. */
  async powerCut(): Promise<void> {
    this.#isWanted = false;
    const boot = this.#boot;
    if (boot !== undefined) {
      // Frozen processes don't die before they thaw.
      await this.freeze(false).catch(() => undefined);
      boot.kill();
      await boot.ended;
    }
    await this.#waitUntilEmpty();
  }

  /** Halts every process of the machine (its network answers no more), or lets them go on. */
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
