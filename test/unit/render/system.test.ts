import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { renderSeed } from "../../../cloudinit/seed.ts";
import { etcdMember } from "../../../components/etcd/etcdMember.ts";
import { renderSystem, secretFiles } from "../../../components/os/renderSystem.ts";
import { renderComponent } from "../../../components/remote/renderComponent.ts";
import { renderCommand, type StepScript } from "../../../components/remote/script.ts";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { stepsOf } from "../../../harness/program/stepsOf.ts";
import { guestNodes } from "../../../plan/nodes.ts";
import type { SystemPlan } from "../../../plan/system.ts";

/** The files for a machine's settings; test/e2e/system.test.ts checks the behaviour. */

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S ada";
const wanted = {
  ...devCluster,
  timeZone: "Europe/Berlin",
  users: {
    ada: { authorizedKeys: [key], sudo: true, groups: ["systemd-journal", "adm"] },
    bob: { shell: "/bin/sh" },
  },
  files: {
    "/etc/motd": { content: "Hello\n" },
    "/usr/local/bin/hello": { content: "#!/bin/sh\necho hello\n", mode: "755" },
    "/etc/token": { content: "swordfish", mode: "0640", owner: "root:adm" },
    "/etc/end": { content: "a line\nEND\nanother\n" },
  },
};
const plan = planOf(labOf(wanted));
const plain = planOf(labOf());
const [control, worker] = plan.nodes;
if (control === undefined || worker?.system === undefined) throw new Error("the lab has no worker");
const { system } = worker;

const whole = ({ create, delete: undo = "" }: StepScript): string =>
  `${create}\n# --- delete ---\n${undo}`;

const expectBash = (script: StepScript): void => {
  for (const body of [script.create, script.delete ?? "true"]) {
    const input = renderCommand("root", script.name, body);
    const { exitCode, stderr } = execaSync("bash", ["-n"], { input, reject: false });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  }
};

describe("time zone, users, files", () => {
  test("are one step of the machine", async () => {
    const script = renderSystem(system);
    await expect(whole(script)).toMatchFileSnapshot("__snapshots__/system/worker-1/system.sh");
    expectBash(script);
  });

  test("unreadable files are in no script, nor text that would end the script", () => {
    expect(renderSystem(system).create).not.toContain("swordfish");
    expect(secretFiles(system)).toEqual([
      { path: "/etc/token", mode: "640", owner: "root:adm", content: "swordfish\n" },
      { path: "/etc/end", mode: "644", owner: "root:root", content: "a line\nEND\nanother\n" },
    ]);
  });

  test.for<[string, SystemPlan]>([
    ["a time zone", { timeZone: "UTC", users: [], files: [] }],
    [
      "a user",
      {
        users: [{ name: "ada", authorizedKeys: [], sudo: false, groups: [], shell: "/bin/bash" }],
        files: [],
      },
    ],
  ])("%s alone asks for no more than it takes", ([, only]) => {
    const script = renderSystem(only);
    expectBash(script);
    // After the shell functions.
    const own = script.create.split("\n}\n").at(-1);
    expect(own).not.toMatch(/put_secrets|sudo|sshd/);
  });

  test("change no other step of any node", () => {
    for (const [index, node] of plan.nodes.entries()) {
      const before = plain.nodes[index];
      if (before === undefined) throw new Error(`the plain lab has no ${node.name}`);
      expect(stepsOf(plan, node)).toEqual(stepsOf(plain, before));
    }
  });

  test("nor what cloud-init reads: no machine boots again for them", () => {
    const keys = { hostPrivateKey: "a", hostPublicKey: "b", userPublicKey: "c" };
    const seedOf = (of: typeof plan) => guestNodes(of).map((node) => renderSeed(of, node, keys));
    expect(seedOf(plan)).toEqual(seedOf(plain));
  });
});

describe("a disk for etcd", () => {
  const disked = planOf(labOf({ ...devCluster, machines: { etcdDiskGiB: 8 } }));

  test("is mounted before etcd has data, and etcd never starts without it", async () => {
    const [member] = disked.etcd.members;
    if (member === undefined) throw new Error("the lab has no etcd");
    const script = renderComponent(etcdMember, disked, member);
    await expect(whole(script)).toMatchFileSnapshot("__snapshots__/system/control-1/etcd.sh");
    expectBash(script);
  });

  test("changes etcd's step alone", () => {
    const names = disked.nodes.flatMap((node, index) => {
      const before = plain.nodes[index];
      const known = before === undefined ? [] : stepsOf(plain, before);
      return stepsOf(disked, node)
        .filter(({ create }, at) => create !== known[at]?.create)
        .map(({ name }) => `${node.name} ${name}`);
    });
    expect(names).toEqual(["control-1 etcd"]);
  });
});
