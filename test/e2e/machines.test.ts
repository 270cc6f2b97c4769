import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { poll } from "../../base/poll.ts";
import { processesIn } from "../../harness/machines/cgroups.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import {
  labCgroup,
  labDirectory,
  livingOwner,
  removeLeftovers,
} from "../../harness/machines/ownership.ts";
import { startMachines } from "../../harness/machines/startMachines.ts";

const nodes = ["m1", "m2", "m3"].map((name, index) => ({ name, address: `10.77.0.${index + 11}` }));

/** A lab's traces outside it: files, cgroups, mounts, processes. */
async function tracesOf(lab: string): Promise<string[]> {
  const directory = labDirectory(lab);
  const hierarchies = await readdir("/sys/fs/cgroup");
  const cgroups = hierarchies.map((name) => join("/sys/fs/cgroup", name, labCgroup(lab)));
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n");
  return [
    ...[directory, ...cgroups].filter((path) => existsSync(path)),
    ...mounts.filter((line) => line.includes(directory)),
    ...(await processesIn(labCgroup(lab))).map((pid) => `process ${pid}`),
  ];
}

describe("container machines", () => {
  let lab: MachinesLab;
  beforeAll(async () => {
    lab = await startMachines({ name: "harness", nodes });
  });
  afterAll(() => lab.stop());

  test("each answers under its own name, with root by sudo and no unit failed", {
    meta: { rows: ["S1-30"] },
  }, async () => {
    const answers = await Promise.all(
      nodes.map(({ name }) =>
        lab.ssh(name, "hostname; sudo id --user; systemctl is-system-running --wait"),
      ),
    );
    expect(answers).toEqual(
      nodes.map(({ name }) => ({ exitCode: 0, stdout: `${name}\n0\nrunning`, stderr: "" })),
    );
  });

  test("each has a different host key, and another key is refused", async () => {
    const [first, second] = lab.machines;
    expect(new Set(lab.machines.map(({ hostKey }) => hostKey)).size).toBe(nodes.length);
    const wrong = join(lab.directory, "wrong_hosts");
    await writeFile(wrong, `${first?.address} ${second?.hostKey}\n`);
    const refused = await lab.exec([
      ...["ssh", "-F", "none", "-o", `UserKnownHostsFile=${wrong}`, "-o", "BatchMode=yes"],
      ...["-o", "StrictHostKeyChecking=yes", `hw@${first?.address}`, "true"],
    ]);
    expect(refused.exitCode).toBe(255);
    expect(refused.stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
  });

  test("a machine loads Kubernetes' modules and sets its sysctls, and the host's sysctls stay", async () => {
    const before = await readFile("/proc/sys/vm/overcommit_memory", "utf8");
    const { stdout, stderr } = await lab.ssh(
      "m1",
      `sudo modprobe --all br_netfilter overlay nf_conntrack vxlan &&
       sudo sysctl --write net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 vm.overcommit_memory=1
       sudo date --set 2020-01-01 >/dev/null`,
    );
    expect(stdout.split("\n")).toEqual([
      "net.ipv4.ip_forward = 1",
      "net.bridge.bridge-nf-call-iptables = 1",
      "vm.overcommit_memory = 1",
    ]);
    expect(stderr).toBe("date: cannot set date: Operation not permitted");
    expect(await readFile("/proc/sys/vm/overcommit_memory", "utf8")).toBe(before);
  });

  test("reboots: files stay, the network and /run start afresh", async () => {
    await lab.ssh("m2", "touch ~/kept; sudo touch /run/lost; sudo ip link add lost type bridge");
    await lab.reboot("m2");
    const { stdout } = await lab.ssh("m2", "ls ~/kept /run/lost /sys/class/net/lost 2>/dev/null");
    expect(stdout).toBe("/home/hw/kept");
  });

  test("a machine does not respond after a power cut, and returns with its files", async () => {
    await lab.ssh("m3", "touch ~/kept");
    await lab.powerCut("m3");
    expect((await lab.ssh("m3", "true")).exitCode).toBe(255);
    await lab.powerOn("m3");
    expect((await lab.ssh("m3", "ls")).stdout).toBe("kept");
  });

  test("a disconnected machine cannot reach another, a reconnected one can", async () => {
    const reach = async () => (await lab.ssh("m1", "ping -c 1 -W 1 10.77.0.12 >&2")).exitCode;
    expect(await reach()).toBe(0);
    await lab.partition("m2", true);
    expect(await reach()).toBe(1);
    await lab.partition("m2", false);
    await poll(async () => ((await reach()) === 0 ? true : undefined), {
      what: "m2 to be reached",
      withinMs: 10_000,
    });
  });

  test("a frozen machine prints nothing, a thawed one continues", async () => {
    const bootId = () => lab.ssh("m1", "cat /proc/sys/kernel/random/boot_id", { timeout: 3_000 });
    const before = await bootId();
    await lab.freeze("m1", true);
    expect((await bootId()).stdout).toBe("");
    await lab.freeze("m1", false);
    expect(await bootId()).toEqual(before);
  });

  test("two labs are separate: the second has the same addresses, and its end does not affect the first", async () => {
    const second = await startMachines({ name: "harness-2", nodes: nodes.slice(0, 1) });
    try {
      await second.ssh("m1", "touch ~/second");
      expect((await lab.ssh("m1", "ls")).stdout).toBe("");
      await expect(startMachines({ name: "harness-2", nodes })).rejects.toThrow(
        `container machines harness-2: found process ${process.pid} running them`,
      );
    } finally {
      await second.stop();
    }
    expect(await tracesOf("harness-2")).toEqual([]);
    expect((await lab.ssh("m1", "hostname")).stdout).toBe("m1");
  });
});

test("stopping a lab leaves nothing, also with a machine frozen", async () => {
  const lab = await startMachines({ name: "harness-stop", nodes: nodes.slice(0, 2) });
  await lab.freeze("m1", true);
  await lab.stop();
  expect(await tracesOf("harness-stop")).toEqual([]);
});

test("a lab whose owner was killed: its processes end at once, its files with the next look", async () => {
  const name = "harness-killed";
  const cli = join(import.meta.dirname, "../../harness/machines/cli.ts");
  const owner = spawn(process.execPath, [cli, "up", "--name", name, "--count", "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const ended = once(owner, "exit");
    await Promise.race([once(owner.stdout, "data"), ended]);
    expect(await livingOwner(name)).toBe(owner.pid);
    expect((await processesIn(labCgroup(name))).length).toBeGreaterThan(5);
    owner.kill("SIGKILL");
    await ended;
    await poll(async () => ((await processesIn(labCgroup(name))).length === 0 ? true : undefined), {
      what: "the kernel to end the machine",
      withinMs: 5_000,
    });
    await removeLeftovers();
    expect(await tracesOf(name)).toEqual([]);
  } finally {
    owner.kill("SIGKILL");
  }
});
