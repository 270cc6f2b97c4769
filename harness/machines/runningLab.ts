import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { messageOf, UserError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import { run } from "../../base/run.ts";
import { ContainerMachine } from "./machine.ts";
import type { CommandResult, LabMachine, MachinesLab, MachinesOptions } from "./machinesLab.ts";
import type { LabNetwork } from "./network.ts";
import { labCgroup, labDirectory, removeLab } from "./ownership.ts";

/** The machines of one lab, and the operations on them. */
export class RunningLab implements MachinesLab {
  readonly name: string;
  readonly gateway: string;
  readonly machines: LabMachine[] = [];
  readonly #network: LabNetwork;
  readonly #containers = new Map<string, ContainerMachine>();

  constructor(name: string, gateway: string, network: LabNetwork) {
    this.name = name;
    this.gateway = gateway;
    this.#network = network;
  }

  get directory(): string {
    return labDirectory(this.name);
  }

  get netns(): string {
    return `/proc/${this.#network.pid}/ns/net`;
  }

  get enter(): readonly [string, ...string[]] {
    return this.#network.enter;
  }

  /** Creates the machines and powers them on. */
  async boot(nodes: MachinesOptions["nodes"], rootfs: string): Promise<void> {
    const keyFile = join(this.directory, "id_ed25519");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", this.name, "-f", keyFile]);
    const authorizedKey = (await readFile(`${keyFile}.pub`, "utf8")).trim();
    const privateKey = await readFile(keyFile, "utf8");
    for (const [index, { name, address }] of nodes.entries()) {
      const directory = join(this.directory, name);
      const container = new ContainerMachine({
        name,
        address: `${address}/24`,
        gateway: this.gateway,
        port: `port${index + 1}`,
        rootfs,
        directory,
        cgroup: `${labCgroup(this.name)}/${name}`,
        networkPid: this.#network.pid,
      });
      const hostKey = await container.install(authorizedKey);
      const { consolePath } = container;
      const known = { hostKey, privateKey, privateKeyFile: keyFile, consolePath };
      this.machines.push({ name, address, user: "hw", ...known });
      this.#containers.set(name, container);
    }
    await this.#writeKnownHosts();
    for (const container of this.#containers.values()) container.powerOn();
  }

  /** Resolves with a command's output when the machine runs it over SSH. */
  async answers(name: string, withinMs = 60_000, command = "true", not?: string): Promise<string> {
    const { consolePath } = this.#machine(name);
    const ask = async () => {
      const { exitCode, stdout } = await this.ssh(name, command);
      if (exitCode === 0 && stdout !== not) return stdout;
      if (this.#container(name).isOn || not !== undefined) return undefined;
      throw new UserError(`machine ${name} powered off:\n${await tail(consolePath)}`);
    };
    try {
      return await poll(ask, { what: `machine ${name} to answer SSH`, withinMs });
    } catch (error) {
      throw new UserError(`${messageOf(error)}; its console ends:\n${await tail(consolePath)}`);
    }
  }

  async exec(argv: readonly string[], options: Options = {}): Promise<CommandResult> {
    const [command, ...args] = this.enter;
    const result = await execa(command, [...args, ...argv], {
      ...(options.input === undefined ? { stdin: "ignore" } : {}),
      ...options,
      reject: false,
    });
    return {
      exitCode: result.exitCode,
      stdout: String(result.stdout),
      stderr: String(result.stderr),
    };
  }

  async ssh(name: string, command: string, options?: Options): Promise<CommandResult> {
    const { address, user, privateKeyFile } = this.#machine(name);
    const settings = {
      UserKnownHostsFile: join(this.directory, "known_hosts"),
      GlobalKnownHostsFile: "none",
      StrictHostKeyChecking: "yes",
      IdentitiesOnly: "yes",
      BatchMode: "yes",
      ConnectTimeout: "5",
      LogLevel: "ERROR",
    };
    const flags = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    const target = ["-F", "none", "-i", privateKeyFile, ...flags, `${user}@${address}`];
    return this.exec(["ssh", ...target, "--", command], options);
  }

  async reboot(name: string): Promise<void> {
    const bootId = "cat /proc/sys/kernel/random/boot_id";
    const before = await this.answers(name, 10_000, bootId);
    // The connection may be lost before the command reports success.
    await this.ssh(name, "sudo systemctl reboot");
    await this.answers(name, 150_000, bootId, before);
  }

  async powerCut(name: string): Promise<void> {
    await this.#container(name).powerCut();
  }

  async powerOn(name: string): Promise<void> {
    this.#container(name).powerOn();
    await this.answers(name);
  }

  async replace(name: string): Promise<void> {
    const container = this.#container(name);
    await container.powerCut();
    await rm(container.settings.directory, { recursive: true });
    const authorizedKey = await readFile(join(this.directory, "id_ed25519.pub"), "utf8");
    const hostKey = await container.install(authorizedKey.trim());
    const index = this.machines.findIndex((machine) => machine.name === name);
    this.machines[index] = { ...this.#machine(name), hostKey };
    await this.#writeKnownHosts();
    await this.powerOn(name);
  }

  async #writeKnownHosts(): Promise<void> {
    const lines = this.machines.map(({ address, hostKey }) => `${address} ${hostKey}\n`);
    await writeFile(join(this.directory, "known_hosts"), lines.join(""));
  }

  async partition(name: string, on: boolean): Promise<void> {
    const { port } = this.#container(name).settings;
    const set = ["ip", "link", "set", port, on ? "down" : "up"];
    const { exitCode, stderr } = await this.exec(set);
    if (exitCode !== 0) throw new Error(`${set.join(" ")}: ${stderr}`);
  }

  async freeze(name: string, on: boolean): Promise<void> {
    await this.#container(name).freeze(on);
  }

  async powerCutAll(): Promise<void> {
    await Promise.all([...this.#containers.values()].map((container) => container.powerCut()));
  }

  async stop(): Promise<void> {
    await this.powerCutAll();
    await this.#network.stop();
    await removeLab(this.name);
  }

  #machine(name: string): LabMachine {
    const found = this.machines.find((machine) => machine.name === name);
    if (found === undefined) throw new Error(`lab ${this.name} has no machine ${name}`);
    return found;
  }

  #container(name: string): ContainerMachine {
    const found = this.#containers.get(name);
    if (found === undefined) throw new Error(`lab ${this.name} has no machine ${name}`);
    return found;
  }
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").slice(-15).join("\n");
}
