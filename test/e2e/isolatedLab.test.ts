import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openLog } from "../../base/log.ts";
import { labPaths } from "../../base/paths.ts";
import { poll } from "../../base/poll.ts";
import { run } from "../../base/run.ts";
import { runningMirror, startMirror, stopMirror } from "../../mirror/mirrorProcess.ts";
import {
  enterIsolated,
  labProcesses,
  startIsolated,
  stopIsolated,
} from "../../tools/place/isolatedLab.ts";

const domain = `<domain type='qemu'><name>n1</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
<devices><serial type='pty'/><memballoon model='none'/></devices></domain>`;
const network = `<network><name>lab</name><forward mode='nat'/><bridge name='virlab0'/>
<ip address='10.77.0.1' netmask='255.255.255.0'><dhcp><range start='10.77.0.100' end='10.77.0.200'/></dhcp></ip></network>`;

/** The host's settings that a lab could leave changed. */
async function hostFacts() {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").length;
  return { mounts, links: await readdir("/sys/class/net"), sockets: existsSync("/run/libvirt") };
}

async function inLab(stack: string, argv: readonly string[]): Promise<string> {
  const [command = "", ...args] = await enterIsolated(stack, argv, "/");
  return run(command, args, { timeoutMs: 60_000 });
}

const virsh = (stack: string, argv: readonly string[]) =>
  inLab(stack, ["virsh", "--quiet", "--connect", "qemu:///system", ...argv]);

// Two labs at once, in the order of a lab's life. Covers namespaces and daemons, not a guest's
// boot.
describe("two isolated labs at the same time", () => {
  const stacks = ["isolated-a", "isolated-b"] as const;
  const [a, b] = stacks;
  let state: string;
  let before: Awaited<ReturnType<typeof hostFacts>>;
  const session = (stack: string) => ({
    stack,
    log: openLog(join(state, "log"), stack),
    signal: new AbortController().signal,
  });

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "hardway-isolated-"));
    vi.stubEnv("HARDWAY_STATE", state);
    await writeFile(join(state, "domain.xml"), domain);
    await writeFile(join(state, "network.xml"), network);
    before = await hostFacts();
  });

  afterAll(async () => {
    for (const stack of stacks) await stopIsolated(session(stack), { remove: true });
    vi.unstubAllEnvs();
    await rm(state, { recursive: true, force: true });
  });

  test("start at the same time, and again without harm", async () => {
    await Promise.all(stacks.map((stack) => startIsolated(session(stack))));
    const pids = (await labProcesses(a)).map(({ pid }) => pid);
    await startIsolated(session(a));
    expect((await labProcesses(a)).map(({ pid }) => pid)).toEqual(pids);
  });

  test("define and start a domain of one name each", async () => {
    for (const stack of stacks) {
      await virsh(stack, ["define", join(state, "domain.xml")]);
      await virsh(stack, ["start", "n1"]);
      expect((await virsh(stack, ["domstate", "n1"])).trim()).toBe("running");
    }
    const [ofA, ofB] = await Promise.all(stacks.map((stack) => virsh(stack, ["domuuid", "n1"])));
    expect(ofA).not.toBe(ofB);
  });

  test("have networks of one name and address each, and no route to the DNS outside", async () => {
    for (const stack of stacks) {
      await virsh(stack, ["net-define", join(state, "network.xml")]);
      await virsh(stack, ["net-start", "lab"]);
      // Without a route, a DNS query fails at once instead of waiting for a name server.
      expect((await inLab(stack, ["ip", "route", "show", "default"])).trim()).toBe("");
    }
    const lookUp = ["sh", "-c", "getent hosts example.com || echo $?"];
    expect((await inLab(a, lookUp)).trim()).toBe("2");
  });

  test("have a mirror each that listens once its address is there", async () => {
    for (const stack of stacks) {
      await startMirror(stack, { address: "10.77.0.1", port: 8473 }, (argv) =>
        enterIsolated(stack, argv),
      );
      const health = ["curl", "--silent", "--fail", "http://10.77.0.1:8473/healthz"];
      const answer = () => inLab(stack, health).catch(() => undefined);
      const awaited = { what: `the mirror of ${stack}`, withinMs: 20_000 };
      expect(await poll(answer, awaited)).toBe("ok");
    }
    await stopMirror(a);
    expect(await runningMirror(a)).toBeUndefined();
    expect(await runningMirror(b)).toMatchObject({ address: "10.77.0.1", port: 8473 });
  });

  test("get a new libvirtd for a running domain after theirs was killed", async () => {
    const daemon = (await labProcesses(a)).find(({ name }) => name === "libvirtd");
    process.kill(daemon?.pid ?? 0, "SIGKILL");
    await startIsolated(session(a));
    expect(await virsh(a, ["domstate", "n1"])).toContain("running");
  });

  test("return with their definitions after all their processes were killed", async () => {
    await stopIsolated(session(a), { remove: false });
    expect(await labProcesses(a)).toEqual([]);
    await startIsolated(session(a));
    expect(await virsh(a, ["domstate", "n1"])).toContain("shut off");
  });

  test("leave nothing: no process, mount, interface or file", async () => {
    for (const stack of stacks) await stopIsolated(session(stack), { remove: true });
    // A mirror that this process started is a zombie until it is reaped here.
    await expect
      .poll(() => Promise.all(stacks.map(labProcesses)), { timeout: 10_000 })
      .toEqual([[], []]);
    expect(await hostFacts()).toEqual(before);
    expect(stacks.map((stack) => existsSync(labPaths(stack).isolated))).toEqual([false, false]);
  });
});
