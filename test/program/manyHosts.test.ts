import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manyHostsCluster } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";
import { hostKey, privateKey } from "../unit/config/surroundings.ts";

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/** A provider's `URN::ID`. */
const providerOf = ({ provider }: Registration): string => provider.split("::")[3] ?? "";

const libvirtOf = ({ registrations }: ProgramRun): Registration[] =>
  registrations.filter(({ type }) => type.startsWith("libvirt:"));

let directory: string;
let run: ProgramRun;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardway-hosts-"));
  const keyFile = join(directory, "id");
  await writeFile(keyFile, privateKey.kind === "file" ? privateKey.head : "", { mode: 0o600 });
  const host = { user: "debian", keyFile, hostKey };
  const nodes = {
    ...manyHostsCluster.nodes,
    "old-laptop": { roles: ["worker"], address: "10.17.0.50", host },
  };
  run = await runProgram({ cluster: { ...manyHostsCluster, nodes } });
});

afterAll(() => rm(directory, { recursive: true }));

function named(name: string): Registration {
  const found = libvirtOf(run).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not registered`);
  return found;
}

describe("a lab on two hypervisors", () => {
  test("has a provider for each, with its URI", () => {
    const providers = run.registrations.filter(({ type }) => type === "pulumi:providers:libvirt");
    expect(Object.fromEntries(providers.map(({ name, inputs }) => [name, inputs.uri]))).toEqual({
      "libvirt@rack-1": "qemu+ssh://root@rack-1/system",
      "libvirt@rack-2": "qemu+ssh://root@rack-2/system",
    });
  });

  test("asks each for its own machines, a pool and an image, and for nothing else", () => {
    const asked = (provider: string) =>
      libvirtOf(run)
        .filter((one) => providerOf(one) === provider)
        .map(({ name }) => name)
        .sort();
    const machine = (name: string) => [`${name}-disk`, `${name}-domain`, `${name}-seed`];
    expect(asked("libvirt@rack-1")).toEqual(
      [
        "image-0123456789ab@rack-1",
        "pool@rack-1",
        ...["control-1", "worker-1", "worker-3"].flatMap(machine),
      ].sort(),
    );
    expect(asked("libvirt@rack-2")).toEqual(
      ["image-0123456789ab@rack-2", "pool@rack-2", ...machine("worker-2")].sort(),
    );
    expect(libvirtOf(run)).toHaveLength(16);
  });

  test("a machine has what its hypervisor says: type, pool, bridge; and its own MAC", () => {
    expect(named("pool@rack-2").inputs).toEqual({
      name: "hardway-dev",
      type: "dir",
      target: { path: "/srv/hardway/dev" },
    });
    expect(named("worker-2-domain").inputs).toMatchObject({
      name: "dev-worker-2",
      type: "qemu",
      networkInterfaces: [{ bridge: "br1", mac: "02:d9:a1:ed:1a:6f" }],
      disks: [{ volumeId: "id of worker-2-disk" }, { volumeId: "id of worker-2-seed" }],
    });
    expect(JSON.stringify(named("worker-2-domain").inputs)).toContain("/srv/hardway/dev/");
    expect(named("worker-1-domain").inputs).toMatchObject({
      type: "kvm",
      cpu: { mode: "host-passthrough" },
      networkInterfaces: [{ bridge: "br0" }],
    });
  });

  test("a machine depends on its disks; another bridge recreates it", () => {
    const domain = named("worker-2-domain");
    expect(domain.dependencies.map(nameOf).sort()).toEqual(["worker-2-disk", "worker-2-seed"]);
    expect(domain.replaceWith).toEqual([]);
    expect(domain.replaceOnChanges).toEqual(["disks", "networkInterfaces"]);
    expect(named("worker-2-disk").dependencies.map(nameOf).sort()).toEqual([
      "image-0123456789ab@rack-2",
      "pool@rack-2",
    ]);
    expect(libvirtOf(run).filter(({ deleteBeforeReplace }) => !deleteBeforeReplace)).toEqual([]);
  });

  test("an existing machine is a node too, and waits for no hypervisor", () => {
    const host = run.registrations.find(({ name }) => name === "old-laptop-os");
    expect(host?.dependencies.map(nameOf)).toEqual([]);
    // Its machine is not deleted, so the step reverts its changes when it leaves the lab.
    expect(host).toMatchObject({ deletedWith: "", retainOnDelete: false });
    const kubelet = run.registrations.find(({ name }) => name === "old-laptop-kubelet");
    expect(kubelet?.deletedWith ?? "").toBe("");
    const node = run.registrations.find(({ name }) => name === "worker-1-os");
    expect(String(node?.inputs.create)).toContain("10.200.50.0/24 via 10.17.0.50 # old-laptop");
  });
});

test("a moved machine keeps its name and is recreated on the other hypervisor", async () => {
  const [moved, stayed] = await Promise.all(
    [["rack-2"], ["rack-1"]].map((hypervisors) =>
      runProgram({
        cluster: {
          ...manyHostsCluster,
          pools: { worker: { ...manyHostsCluster.pools.worker, count: 1, hypervisors } },
        },
      }),
    ),
  );
  const own = (one: ProgramRun | undefined) =>
    (one?.registrations ?? []).filter(({ name }) => name.startsWith("worker-1-"));
  expect(own(moved).map(({ urn }) => urn)).toEqual(own(stayed).map(({ urn }) => urn));
  const domain = (one: ProgramRun | undefined) =>
    own(one).find(({ name }) => name.endsWith("-domain"));
  expect([moved, stayed].map((one) => providerOf(domain(one) as Registration))).toEqual([
    "libvirt@rack-2",
    "libvirt@rack-1",
  ]);
  // A changed provider alone would keep the old machine and treat it as one on the new hypervisor.
  const triggers = (one: ProgramRun | undefined) =>
    own(one)
      .filter(({ type }) => type.startsWith("libvirt:"))
      .map(({ name, replacementTrigger }) => [name, replacementTrigger])
      .sort();
  expect(triggers(moved)).toEqual(
    ["disk", "domain", "seed"].map((what) => [`worker-1-${what}`, "libvirt@rack-2"]),
  );
  expect(triggers(stayed).map(([, trigger]) => trigger)).toEqual(
    Array.from({ length: 3 }, () => "libvirt@rack-1"),
  );
});
