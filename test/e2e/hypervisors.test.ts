import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { macOf } from "../../plan.ts";
import {
  enterIsolated,
  labProcesses,
  startIsolated,
  stopIsolated,
} from "../../tools/isolated/isolatedLab.ts";
import { openLog } from "../../tools/log.ts";
import { hostFacts } from "../../tools/preflight.ts";
import { run, tryRun } from "../../tools/run.ts";
import { labOf } from "../support/labs.ts";
import { TestStack } from "./support/testStack.ts";

const stack = "e2e-hypervisors";
const hosts = ["rack-1", "rack-2"] as const;
type Host = (typeof hosts)[number];

// Two libvirts in namespaces of their own, whose bridges are joined by a wire: two hosts, as far as libvirt, its provider and
// the program can tell. Machines have blank disks: what is proved is where they are made and what they hang on, not a boot.
describe("machines on two hypervisors", () => {
  let directory: string;
  let program: TestStack;
  let uris: Record<Host, string>;

  const session = (host: Host) => ({
    stack: `${stack}-${host}`,
    log: openLog(join(directory, "log"), stack),
    signal: new AbortController().signal,
  });
  const inside = async (host: Host, ...argv: string[]): Promise<string> => {
    const [command = "", ...args] = await enterIsolated(session(host).stack, argv, "/");
    return run(command, args, { timeoutMs: 60_000 });
  };
  const virsh = (host: Host, ...args: string[]): Promise<string> =>
    run("virsh", ["--quiet", "--connect", uris[host], ...args], { timeoutMs: 60_000 });
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
    const pids = await Promise.all(
      hosts.map(async (host) => {
        const processes = await labProcesses(session(host).stack);
        return processes.find(({ name }) => name === "libvirtd")?.pid ?? 0;
      }),
    );
    // A socket in another mount namespace, by the root of a process that lives there.
    const socketOf = (pid = 0) =>
      `qemu+unix:///system?socket=/proc/${pid}/root/run/libvirt/libvirt-sock`;
    uris = { "rack-1": socketOf(pids[0]), "rack-2": socketOf(pids[1]) };
    const wire = ["ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire"];
    await inside("rack-1", ...wire, "netns", String(pids[1]));
    for (const host of hosts) {
      await inside(host, "ip", "link", "add", "br0", "type", "bridge");
      await inside(host, "ip", "link", "set", "br0", "up");
      await inside(host, "ip", "link", "set", "wire", "master", "br0", "up");
    }
    program = await TestStack.create({
      name: stack,
      directory,
      enter: [],
      cluster: clusterOf(hosts),
      program: join(import.meta.dirname, "support/machinesOnly"),
    });
  });

  afterAll(async () => {
    for (const host of hosts) await stopIsolated(session(host), { remove: true });
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  });

  test("a host is asked for its bridge and its machines before anything is made", async () => {
    const lab = labOf(clusterOf(hosts), stack);
    for (const hypervisor of lab.machines.hypervisors) {
      const { libvirt } = await hostFacts(lab, hypervisor, ([command = "", ...args]) =>
        tryRun(command, args, { timeoutMs: 60_000 }),
      );
      expect(libvirt).toMatchObject({ networks: [], domains: [] });
      // Debian's libvirt tells a host's cards; `_` stands for every other sign.
      expect(libvirt).toHaveProperty(
        "cards",
        expect.arrayContaining([expect.stringMatching(/^net_\w+(_[0-9a-f]{2}){6}$/)]),
      );
    }
  });

  test("each is made where the config says, and hangs on the bridge there with its own MAC", async () => {
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

  test("made again, nothing changes", async () => {
    const steps = await program.preview();
    // Of a project without node_modules of its own, Pulumi knows a provider's version from the state: at the second run.
    expect(steps.filter(({ type }) => type !== "pulumi:providers:libvirt")).toEqual([]);
  });

  test("one that moves is made anew on the other, and nothing stays behind", async () => {
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

  test("taken away, nothing is left on either", async () => {
    await program.destroy();
    for (const host of hosts) {
      expect(linesOf(await virsh(host, "list", "--all", "--name"))).toEqual([]);
      expect(linesOf(await virsh(host, "pool-list", "--all", "--name"))).toEqual([]);
    }
  });
});
