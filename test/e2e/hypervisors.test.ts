import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openLog } from "../../base/log.ts";
import { poll } from "../../base/poll.ts";
import { run, tryRun } from "../../base/run.ts";
import { type HypervisorSshd, startHypervisorSshd } from "../../harness/clusters/hypervisorSshd.ts";
import { TestStack } from "../../harness/clusters/testStack.ts";
import { labOf } from "../../harness/program/labs.ts";
import { macOf } from "../../model/names.ts";
import { hostProblems } from "../../plan/hypervisorProblems.ts";
import { knownHostsLine } from "../../tools/access/access.ts";
import {
  enterIsolated,
  labProcesses,
  startIsolated,
  stopIsolated,
} from "../../tools/place/isolatedLab.ts";
import { hostFacts } from "../../tools/place/preflight.ts";
import { virshArgv } from "../../tools/place/virsh.ts";

const stack = "e2e-hypervisors";
const hosts = ["rack-1", "rack-2"] as const;
type Host = (typeof hosts)[number];

/** The address of rack-2's SSH server. */
const remote = { address: "10.93.0.3", port: 2222 };

// Two libvirts in separate namespaces, whose bridges are connected, are two hosts for libvirt, its
// provider and the program. The user works on rack-1 and reaches rack-2 by SSH. The machines have
// blank disks: the test covers their placement and dependencies, not a boot.
describe("machines on two hypervisors", () => {
  let directory: string;
  let home: string;
  let program: TestStack;
  let uris: Record<Host, string>;
  let sshd: HypervisorSshd | undefined;
  /** An SSH agent without keys. */
  let agent: ChildProcess | undefined;

  const session = (host: Host) => ({
    stack: `${stack}-${host}`,
    log: openLog(join(directory, "log"), stack),
    signal: new AbortController().signal,
  });
  const inside = async (host: Host, ...argv: string[]): Promise<string> => {
    const [command = "", ...args] = await enterIsolated(session(host).stack, argv, "/");
    return run(command, args, { timeoutMs: 60_000 });
  };
  /** Runs `argv` as the user. */
  const byPerson = (argv: readonly string[]): Promise<string[]> =>
    enterIsolated(
      session("rack-1").stack,
      ["env", `HOME=${home}`, `SSH_AUTH_SOCK=${join(directory, "agent")}`, ...argv],
      "/",
    );
  const virsh = async (host: Host, ...args: string[]): Promise<string> => {
    const [command = "", ...rest] = await byPerson(virshArgv(uris[host], args));
    return run(command, rest, { timeoutMs: 60_000 });
  };
  /** The checks of a hypervisor that `./lab up` makes before it creates resources. */
  const factsOf = async (host: Host) => {
    const lab = labOf(clusterOf(hosts), stack);
    const hypervisor = lab.machines.hypervisors.find(({ name }) => name === host);
    if (hypervisor === undefined) throw new Error(`the lab has no ${host}`);
    const facts = await hostFacts(lab, hypervisor, async (argv) => {
      const [command = "", ...args] = await byPerson(argv);
      return tryRun(command, args, { timeoutMs: 60_000 });
    });
    return { facts, problems: hostProblems(lab, hypervisor, facts) };
  };
  /** Sets rack-2's key in the user's known_hosts, or removes it. */
  const know = (hostKey: string | undefined) =>
    writeFile(
      join(home, ".ssh/known_hosts"),
      hostKey === undefined
        ? ""
        : `${knownHostsLine({ name: "rack-2", roles: [], user: "root", hostKey, ...remote })}\n`,
    );
  const linesOf = (text: string): string[] =>
    text
      .split("\n")
      .flatMap((line) => (line.trim() === "" ? [] : [line.trim()]))
      .sort();
  const domains = async (host: Host): Promise<string[]> =>
    linesOf(await virsh(host, "list", "--state-running", "--name"));

  const clusterOf = (workers: readonly Host[]) => ({
    network: { nodes: "10.93.0.0/24", bridge: "br0" },
    mirrorAddress: "10.93.0.2",
    machines: {
      domainType: "qemu",
      cpus: 2,
      hypervisors: Object.fromEntries(hosts.map((host) => [host, { libvirt: uris[host] }])),
    },
    nodes: {
      "control-1": { roles: ["control-plane"], address: "10.93.0.11", hypervisor: "rack-1" },
    },
    pools: {
      worker: {
        count: 2,
        roles: ["worker"],
        firstAddress: "10.93.0.21",
        hypervisors: workers,
        cpus: 1,
        memoryMiB: 1024,
      },
    },
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "hardway-hypervisors-"));
    vi.stubEnv("HARDWAY_STATE", directory);
    const image = join(directory, "blank.qcow2");
    await run("qemu-img", ["create", "-f", "qcow2", image, "1G"], { timeoutMs: 60_000 });
    vi.stubEnv("HARDWAY_BASE_IMAGE", image);
    await Promise.all(hosts.map((host) => startIsolated(session(host))));
    const [there] = await labProcesses(session("rack-2").stack);
    const wire = ["ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire"];
    await inside("rack-1", ...wire, "netns", String(there?.pid));
    for (const host of hosts) {
      const address = host === "rack-2" ? remote.address : "10.93.0.2";
      await inside(host, "ip", "link", "add", "br0", "type", "bridge");
      await inside(host, "ip", "address", "add", `${address}/24`, "dev", "br0");
      await inside(host, "ip", "link", "set", "br0", "up");
      await inside(host, "ip", "link", "set", "wire", "master", "br0", "up");
    }
    await movePersonIn();
    const publicKey = await readFile(join(home, ".ssh/lab.pub"), "utf8");
    sshd = await startHypervisorSshd({
      stack: session("rack-2").stack,
      directory: join(directory, "sshd"),
      authorizedKey: publicKey.trim(),
      ...remote,
    });
    uris = {
      "rack-1": "qemu:///system",
      "rack-2": `qemu+ssh://root@${remote.address}:${remote.port}/system?keyfile=${home}/.ssh/lab`,
    };
    program = await TestStack.create({
      name: stack,
      directory,
      enter: await byPerson([]),
      cluster: clusterOf(hosts),
      program: join(import.meta.dirname, "../../harness/clusters/machinesOnly"),
    });
  });

  /**
   * A home directory with a key outside the agent. ssh finds the home in the list of users, Go's
   * client in the environment.
   */
  const movePersonIn = async () => {
    home = join(directory, "home");
    await mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    const key = join(home, ".ssh/lab");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", stack, "-f", key]);
    const users = join(directory, "passwd");
    const text = await readFile("/etc/passwd", "utf8");
    await writeFile(users, text.replace(/^(root:(?:[^:]*:){4})[^:]*/m, `$1${home}`));
    await inside("rack-1", "mount", "--bind", users, "/etc/passwd");
    const socket = join(directory, "agent");
    agent = spawn("setpriv", ["--pdeathsig", "KILL", "--", "ssh-agent", "-D", "-a", socket], {
      stdio: "ignore",
    });
    const isThere = () => stat(socket).catch(() => undefined);
    await poll(isThere, { what: "the SSH agent's socket", withinMs: 10_000 });
  };

  afterAll(async () => {
    agent?.kill("SIGTERM");
    await sshd?.stop();
    for (const host of hosts) await stopIsolated(session(host), { remove: true });
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  });

  test("a host with an unknown key is refused, with its name and a remedy", async () => {
    await know(undefined);
    const uri = uris["rack-2"];
    expect((await factsOf("rack-2")).problems).toMatchObject([
      {
        path: "machines.hypervisors.rack-2.libvirt",
        message: `${uri} does not respond (Cannot recv data: Host key verification failed.: Connection reset by peer); [10.93.0.3]:2222 is not in ~/.ssh/known_hosts; add its host key; copy it from /etc/ssh/ssh_host_ed25519_key.pub on 10.93.0.3 itself`,
      },
    ]);
    await expect(program.update()).rejects.toThrow("knownhosts: key is unknown");
  });

  test("a host with another key than the known one is refused, by virsh and by the provider", async () => {
    await know((await readFile(join(home, ".ssh/lab.pub"), "utf8")).trim());
    const [{ message } = { message: "nothing" }] = (await factsOf("rack-2")).problems;
    expect(message).toMatch(
      /\(Host key verification failed\.: Connection reset by peer\); its host key differs from the one in ~\/\.ssh\/known_hosts\. If 10\.93\.0\.3 was reinstalled, .*; copy it from .* on 10\.93\.0\.3 itself/,
    );
    await expect(program.update()).rejects.toThrow("knownhosts: key mismatch");
  });

  test("a hypervisor's bridge and machines are checked before anything is created", async () => {
    await know(sshd?.hostKey);
    for (const host of hosts) {
      const { libvirt } = (await factsOf(host)).facts;
      expect(libvirt).toMatchObject({ networks: [], domains: [] });
      // Debian's libvirt names a host's network cards; `_` replaces special characters.
      expect(libvirt).toHaveProperty(
        "cards",
        expect.arrayContaining([expect.stringMatching(/^net_\w+(_[0-9a-f]{2}){6}$/)]),
      );
    }
  });

  test("each is created on its configured hypervisor, on the bridge there with its own MAC", async () => {
    await program.update();
    expect(await domains("rack-1")).toEqual([`${stack}-control-1`, `${stack}-worker-1`]);
    expect(await domains("rack-2")).toEqual([`${stack}-worker-2`]);
    const cards = (await virsh("rack-2", "domiflist", `${stack}-worker-2`)).trim().split(/\s+/);
    expect(cards.slice(1)).toEqual(["bridge", "br0", "virtio", macOf(stack, "worker-2")]);
    expect(await inside("rack-2", "ip", "-oneline", "link", "show", "master", "br0")).toContain(
      cards[0],
    );
    for (const host of hosts) {
      expect(linesOf(await virsh(host, "net-list", "--all", "--name"))).toEqual([]);
    }
  });

  test("a second up changes nothing", async () => {
    const steps = await program.preview();
    // Without node_modules, Pulumi reads a provider's version from the state, so only from the
    // second run.
    expect(steps.filter(({ type }) => type !== "pulumi:providers:libvirt")).toEqual([]);
  });

  test("another name server recreates each on its existing disk", async () => {
    const facts = async () => {
      const uuid = await virsh("rack-2", "domuuid", `${stack}-worker-2`);
      const pool = await virsh("rack-2", "vol-list", `hardway-${stack}`);
      const path = /^\s*worker-2\.qcow2\s+(\S+)/m.exec(pool)?.[1] ?? "";
      return { uuid, disk: await inside("rack-2", "stat", "--format", "%i %W", path) };
    };
    const before = await facts();
    const config = clusterOf(hosts);
    await program.configure({ ...config, network: { ...config.network, dns: ["192.0.2.54"] } });
    await program.update();
    const after = await facts();
    expect(after.disk).toBe(before.disk);
    expect(after.uuid).not.toBe(before.uuid);
    expect(await domains("rack-1")).toEqual([`${stack}-control-1`, `${stack}-worker-1`]);
    expect(await domains("rack-2")).toEqual([`${stack}-worker-2`]);
  });

  test("a moved machine is recreated on the other hypervisor, and nothing remains on the first", async () => {
    await program.configure(clusterOf(["rack-1"]));
    await program.update();
    expect(await domains("rack-1")).toEqual([
      `${stack}-control-1`,
      `${stack}-worker-1`,
      `${stack}-worker-2`,
    ]);
    expect(linesOf(await virsh("rack-2", "list", "--all", "--name"))).toEqual([]);
    expect(linesOf(await virsh("rack-2", "pool-list", "--all", "--name"))).toEqual([]);
  });

  test("after destroy, nothing remains on either hypervisor", async () => {
    await program.destroy();
    for (const host of hosts) {
      expect(linesOf(await virsh(host, "list", "--all", "--name"))).toEqual([]);
      expect(linesOf(await virsh(host, "pool-list", "--all", "--name"))).toEqual([]);
    }
  });
});
