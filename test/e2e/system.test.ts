import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterConfig } from "../../harness/clusters/containerCluster.ts";
import { changesOf, type GuestsLab, guestsLab } from "../../harness/clusters/guestsLab.ts";
import { TestStack } from "../../harness/clusters/testStack.ts";
import type { MachinesLab } from "../../harness/machines/machinesLab.ts";
import { startMachines } from "../../harness/machines/startMachines.ts";

// Settings of machines besides Kubernetes, in the order of a machine's life.

describe("time zone and files of an existing machine", () => {
  const nodes = [{ name: "control-1", address: "10.95.0.11", roles: ["control-plane"] }];
  let lab: MachinesLab;
  let stack: TestStack;

  const configOf = (own: object) => ({ ...clusterConfig(lab, nodes), ...own });
  const on = async (command: string) => (await lab.ssh("control-1", command)).stdout;
  const wishes = {
    timeZone: "Asia/Kolkata",
    files: {
      "/etc/motd": { content: "A lab. Break it." },
      "/etc/own/token": { content: "swordfish", mode: "600", owner: "daemon:daemon" },
    },
  };
  let before: string;
  const originals =
    "cat /etc/timezone /etc/motd; readlink /etc/localtime; ls -d /etc/own/token 2>&1";

  beforeAll(async () => {
    lab = await startMachines({ name: "system", nodes });
    await on(
      "echo of its owner | sudo tee /etc/motd; sudo chmod 640 /etc/motd; sudo chgrp adm /etc/motd",
    );
    before = await on(`sudo bash -c '${originals}; stat --format "%a %G" /etc/motd'`);
    stack = await TestStack.create({
      name: "e2e-system",
      directory: lab.directory,
      enter: lab.enter,
      cluster: configOf(wishes),
      program: join(import.meta.dirname, "../../harness/clusters/hostsOnly"),
    });
    await stack.update();
  });
  afterAll(() => lab.stop());

  test("are as the config says", async () => {
    expect(await on("date +%Z; cat /etc/timezone /etc/motd; stat --format '%a %U' /etc/motd")).toBe(
      "IST\nAsia/Kolkata\nA lab. Break it.\n644 root",
    );
    expect(await on("sudo cat /etc/own/token; sudo stat --format '%a %U' /etc/own/token")).toBe(
      "swordfish\n600 daemon",
    );
  });

  test("a second up changes nothing", async () => {
    const steps = await stack.preview();
    expect(steps.filter(({ type }) => type === "command:remote:Command")).toEqual([]);
  });

  test("change one by one", async () => {
    const motd = { "/etc/motd": { content: "Another." } };
    await stack.configure(configOf({ timeZone: "UTC", files: motd }));
    await stack.update();
    expect(await on("date +%Z; cat /etc/motd; sudo ls /etc/own")).toBe("UTC\nAnother.");
  });

  test("a directory is not overwritten, and an unknown time zone is reported", async () => {
    await on("sudo mkdir /srv/taken");
    await stack.configure(configOf({ files: { "/srv/taken": { content: "a" } } }));
    await expect(stack.update()).rejects.toThrow(
      "/srv/taken is a directory here; choose another path",
    );
    await on("sudo rmdir /srv/taken");
    await on("sudo mv /usr/share/zoneinfo/Asia/Tokyo /tmp/");
    await stack.configure(configOf({ timeZone: "Asia/Tokyo" }));
    await expect(stack.update()).rejects.toThrow(
      "the image does not know the time zone Asia/Tokyo",
    );
    expect(await on("date +%Z; cat /etc/motd")).toBe("UTC\nAnother.");
  });

  test("after removal, the machine is in its original state", async () => {
    await stack.configure(configOf({}));
    await stack.update();
    expect(await on(`sudo bash -c '${originals}; stat --format "%a %G" /etc/motd'`)).toBe(before);
    expect(await on("sudo ls /var/lib/hardway")).not.toContain("system");
  });

  test("destroy leaves nothing", async () => {
    await stack.configure(configOf(wishes));
    await stack.update();
    await stack.destroy();
    expect(await on(`sudo bash -c '${originals}; stat --format "%a %G" /etc/motd'`)).toBe(before);
    expect(await on("ls -d /var/lib/hardway /etc/own/token 2>/dev/null")).toBe("");
  });
});

/**
 * An emulated machine takes minutes, and CI's time is limited: `HARDWAY_LABS=system` selects this
 * one.
 */
const isChosen = (process.env.HARDWAY_LABS ?? "").split(" ").includes("system");

describe("a virtual machine with a disk for etcd", { timeout: 30 * 60_000 }, () => {
  if (!isChosen) {
    test.skip("is not part of this run; HARDWAY_LABS=system selects it");
    return;
  }
  let guests: GuestsLab;
  let created: number;

  const on = async (command: string) =>
    (await guests.cluster.ssh("control-1", command)).stdout.trim();
  const kubectl = (...args: string[]) => guests.cluster.kubectl(args);
  const bootId = () => on("cat /proc/sys/kernel/random/boot_id");
  const word = () => kubectl("get", "configmap", "kept", "--output", "jsonpath={.data.word}");
  /** The location and owner of etcd's data. */
  const disk = () =>
    on(
      "findmnt --noheadings --output SOURCE,FSTYPE,OPTIONS /var/lib/etcd | tr --squeeze-repeats ' '; stat --format '%a %U' /var/lib/etcd; ls -A /var/lib/etcd; systemctl is-active etcd",
    );
  const asItIs = "/dev/vdc ext4 rw,noatime\n700 etcd\nmember\nactive";

  beforeAll(async () => {
    guests = await guestsLab("e2e-system", "journal");
    await guests.edit((cluster) => {
      cluster.network = { nodes: "10.94.0.0/24", pods: "10.205.0.0/16" };
      const roles = ["control-plane", "worker"];
      cluster.nodes = {
        "control-1": { roles, address: "10.94.0.11", cpus: 2, memoryMiB: 2048, etcdDiskGiB: 2 },
      };
    });
    created = changesOf(await guests.output(["up"], { timeout: 25 * 60_000 })).created ?? 0;
    await kubectl("create", "configmap", "kept", "--from-literal", "word=swordfish");
  }, 30 * 60_000);

  afterAll(() => guests.remove(), 5 * 60_000);

  test("etcd's data is on it", { meta: { rows: ["S1-17"] } }, async () => {
    expect(await disk()).toBe(asItIs);
  });

  test("another size, or none, is refused before anything is changed", async () => {
    for (const etcdDiskGiB of [4, undefined]) {
      await guests.edit(({ nodes }) => Object.assign(nodes["control-1"] ?? {}, { etcdDiskGiB }));
      await expect(guests.output(["preview"])).rejects.toThrow(
        "but this machine was created with an etcd disk of 2",
      );
    }
    await guests.edit(({ nodes }) => Object.assign(nodes["control-1"] ?? {}, { etcdDiskGiB: 2 }));
  });

  test("a time zone, a user and a file are added to the running machine", {
    meta: { rows: ["S0-05", "S1-31"] },
  }, async () => {
    const before = await bootId();
    const key = join(guests.state, "ada");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const authorizedKeys = [(await readFile(`${key}.pub`, "utf8")).trim()];
    await guests.edit((cluster) => {
      cluster.timeZone = "Asia/Kolkata";
      cluster.users = { ada: { authorizedKeys, sudo: true, groups: ["adm"] } };
      cluster.files = { "/etc/motd": { content: "A lab. Break it." } };
    });
    const changes = changesOf(await guests.output(["up"]));
    expect(changes).toEqual({ created: 1, unchanged: created });
    expect(await on("date +%Z; cat /etc/motd")).toBe("IST\nA lab. Break it.");
    expect(await asAda("id --name --groups; sudo --non-interactive whoami")).toBe("ada adm\nroot");
    expect(await bootId()).toBe(before);
  });

  const asAda = async (command: string) => {
    const settings = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
    const options = [...settings, "IdentitiesOnly=yes"].flatMap((setting) => ["-o", setting]);
    const ssh = ["ssh", "-F", "none", "-i", join(guests.state, "ada"), ...options];
    return (await guests.cluster.exec([...ssh, "ada@10.94.0.11", command])).stdout;
  };

  test("all of it is there after a reboot, and what etcd held", {
    meta: { rows: ["S1-17"] },
  }, async () => {
    const before = await bootId();
    await guests.lab(["ssh", "control-1", "systemctl reboot"], { reject: false });
    // A machine that is down prints nothing.
    const isBack = async () => !["", before].includes(await bootId());
    await expect.poll(isBack, { timeout: 900_000, interval: 2000 }).toBe(true);
    await expect.poll(disk, { timeout: 300_000, interval: 2000 }).toBe(asItIs);
    await expect.poll(word, { timeout: 600_000, interval: 2000 }).toBe("swordfish");
    expect(await on("date +%Z; cat /etc/motd")).toBe("IST\nA lab. Break it.");
    expect(await asAda("sudo --non-interactive whoami")).toBe("root");
  });

  test("removed settings are reverted on the running machine", async () => {
    await guests.edit((cluster) => {
      cluster.timeZone = undefined;
      cluster.users = undefined;
      cluster.files = undefined;
    });
    const changes = changesOf(await guests.output(["up"]));
    expect(changes).toEqual({ deleted: 1, unchanged: created });
    expect(
      await on(
        "date +%Z; grep --count Break /etc/motd; getent passwd ada; ls /home /etc/sudoers.d",
      ),
    ).not.toMatch(/IST|ada|^[1-9]/m);
  });

  test("is removed completely", () => guests.destroy());
});
