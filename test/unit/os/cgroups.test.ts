import { describe, expect, test } from "vitest";
import { installOs } from "../../../components/os/installOs.ts";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { hostKey } from "../config/surroundings.ts";
import { Machine } from "../remote/machine.ts";

/** The checks of an existing machine's first step, before it changes anything. */
function checksOf(role: string, kubelet?: object): string {
  const host = { keyFile: "/id", hostKey };
  const nodes = {
    cp: { roles: ["control-plane"], address: "10.17.0.11", host },
    other: { roles: [role], address: "10.17.0.12", host, ...(kubelet && { kubelet }) },
  };
  const plan = planOf(labOf({ nodes }));
  const other = plan.nodes.find(({ name }) => name === "other");
  return other === undefined ? "" : (installOs(plan, other).prepare ?? "");
}

/** A machine whose /sys/fs/cgroup has this file system. */
function machineWith(fileSystem: string): Machine {
  const machine = new Machine();
  machine.write(
    "fakes/stat",
    `#!/bin/sh\n[ "$*" = "--file-system --format %T /sys/fs/cgroup" ] && echo ${fileSystem}\n`,
    0o755,
  );
  for (const command of ["nft", "modprobe"])
    machine.write(`fakes/${command}`, "#!/bin/sh\n", 0o755);
  return machine;
}

describe("a machine with cgroup v1", () => {
  test("fails before anything is installed, with the reason", async () => {
    const { exitCode, error } = await machineWith("tmpfs").run(checksOf("worker"));
    expect(error).toContain("this machine has cgroup v1, on which the kubelet does not start");
    expect(exitCode).not.toBe(0);
  });

  test("is accepted if the kubelet accepts it", async () => {
    const checks = checksOf("worker", { failCgroupV1: false });
    expect(await machineWith("tmpfs").run(checks)).toMatchObject({ exitCode: 0, error: "" });
  });

  test("is accepted for an etcd member, which runs no kubelet", async () => {
    const checks = checksOf("etcd");
    expect(await machineWith("tmpfs").run(checks)).toMatchObject({ exitCode: 0, error: "" });
  });
});

test("a machine with cgroup v2 is accepted", async () => {
  expect(await machineWith("cgroup2fs").run(checksOf("worker"))).toMatchObject({
    exitCode: 0,
    error: "",
  });
});
