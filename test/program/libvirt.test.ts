import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { projectDir } from "../../base/paths.ts";
import { domainXslt } from "../../components/machines/guests/domainXslt.ts";
import { labOf, planOf } from "../../harness/program/labs.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";
import { type ClusterRecord, type GuestRecord, readRecord } from "../../plan/record.ts";
import { machinesToRestart } from "../../tools/pulumi/restarts.ts";
import { parseState } from "../../tools/pulumi/stackState.ts";

const cluster = {
  machines: { libvirt: "qemu:///system", domainType: "qemu" },
  ssh: { authorizedKeys: [] },
  nodes: {
    one: { roles: ["control-plane", "worker"], address: "10.17.0.11", cpus: 2, memoryMiB: 2048 },
    two: { roles: ["worker"], address: "10.17.0.12", cpus: 1, memoryMiB: 1536, diskGiB: 20 },
  },
};

const image = "image-0123456789ab";

let update: ProgramRun;
let resources: readonly Registration[];

beforeAll(async () => {
  update = await runProgram({ cluster });
  resources = update.registrations.filter(({ type }) => type.startsWith("libvirt:"));
}, 120_000);

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

function named(name: string): Registration {
  const found = resources.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not registered`);
  return found;
}

/** A seed's path is a hash of random keys, so only its form is checked. */
function inputsOf(name: string): Record<string, unknown> {
  const { source, ...inputs } = named(name).inputs;
  if (typeof source !== "string") return inputs;
  return {
    ...inputs,
    source: source.replace(/^\/dev\/shm\/hardway-dev-[0-9a-f]{64}\.iso$/, "SEED"),
  };
}

describe("what libvirt is asked for", () => {
  test("the network: ours by name and bridge, no leases, names served", () => {
    expect(inputsOf("network")).toEqual({
      name: "hardway-dev",
      bridge: "hw-ef260e9a",
      mode: "nat",
      addresses: ["10.17.0.0/24"],
      dhcp: { enabled: false },
      dns: { enabled: true },
      autostart: true,
    });
  });

  test("the pool, and one image named by its content", () => {
    expect(inputsOf("pool")).toEqual({
      name: "hardway-dev",
      type: "dir",
      target: { path: "/var/lib/libvirt/hardway/dev" },
    });
    expect(inputsOf(image)).toMatchObject({
      name: "image-0123456789ab.qcow2",
      pool: "hardway-dev",
      format: "qcow2",
    });
    expect(named(image).ignoreChanges).toEqual(["source"]);
  });

  test("a disk on the image, a seed and a domain for each node", {
    meta: { rows: ["S1-32", "S1-43"] },
  }, () => {
    expect(inputsOf("two-disk")).toEqual({
      name: "two.qcow2",
      pool: "hardway-dev",
      baseVolumeId: `id of ${image}`,
      size: 20 * 1024 ** 3,
      format: "qcow2",
    });
    expect(inputsOf("two-seed")).toEqual({
      name: "two-seed.iso",
      pool: "hardway-dev",
      source: "SEED",
    });
    expect(inputsOf("two-domain")).toEqual({
      name: "dev-two",
      type: "qemu",
      vcpu: 1,
      memory: 1536,
      disks: [{ volumeId: "id of two-disk" }, { volumeId: "id of two-seed" }],
      networkInterfaces: [{ networkId: "id of network", mac: "02:97:dd:c2:5f:a3" }],
      consoles: [{ type: "pty", targetType: "serial", targetPort: "0" }],
      graphics: { type: "vnc", listenType: "socket" },
      xml: { xslt: domainXslt("/var/lib/libvirt/hardway/dev") },
      autostart: true,
      running: true,
    });
    expect(inputsOf("one-domain").networkInterfaces).not.toEqual(
      inputsOf("two-domain").networkInterfaces,
    );
  });

  test("all from one provider, on the host that the config names", () => {
    const providers = update.registrations.filter(
      ({ type }) => type === "pulumi:providers:libvirt",
    );
    expect(providers.map(({ inputs }) => inputs.uri)).toEqual([cluster.machines.libvirt]);
    expect(
      new Set(resources.map(({ provider }) => nameOf(provider.split("::").slice(0, 4).join("::")))),
    ).toEqual(new Set(["libvirt"]));
  });
});

describe("what comes and goes with what", () => {
  test("every name is fixed, so each is deleted before it is replaced", () => {
    expect(resources.map(({ name }) => name).sort()).toEqual([
      image,
      "network",
      "one-disk",
      "one-domain",
      "one-seed",
      "pool",
      "two-disk",
      "two-domain",
      "two-seed",
    ]);
    expect(resources.filter(({ deleteBeforeReplace }) => !deleteBeforeReplace)).toEqual([]);
  });

  // Steps on a machine are then deleted before it, as test/toolchain/realEngine.test.ts shows; with
  // replaceWith, after it.
  test("a machine is replaced with its own network, seed and disk, and with no others", () => {
    const { propertyDependencies, replaceOnChanges, replaceWith } = named("two-domain");
    expect(replaceOnChanges).toEqual(["disks", "networkInterfaces"]);
    expect(propertyDependencies.disks?.map(nameOf)).toEqual(["two-disk", "two-seed"]);
    expect(propertyDependencies.networkInterfaces?.map(nameOf)).toEqual(["network"]);
    expect(replaceWith).toEqual([]);
  });

  test("a machine waits for its disks and its network, a disk for the image, a seed for the keys", () => {
    const waits = (name: string) => named(name).dependencies.map(nameOf).sort();
    expect(waits("two-domain")).toEqual(["network", "two-disk", "two-seed"]);
    expect(waits("two-disk")).toEqual([image, "pool"]);
    expect(waits("two-seed")).toEqual(["pool", "ssh-user", "two-ssh-host"]);
    expect(waits(image)).toEqual(["pool"]);
    expect(waits("network")).toEqual([]);
  });

  test("the steps on a machine start afresh on another one", () => {
    const host = update.registrations.find(({ name }) => name === "two-os");
    expect(host?.inputs.triggers).toEqual(["id of two-domain"]);
    expect(nameOf(host?.deletedWith ?? "")).toBe("two-domain");
  });
});

test("nothing that libvirt is asked for is secret or holds a key", () => {
  const text = JSON.stringify(resources.map(({ inputs }) => inputs));
  expect(text).not.toMatch(/4dabf18193072939515e22adb298388d|OpenSSH|ssh-ed25519|PRIVATE/);
});

test("`lab up` knows from the state which machines get another seed", () => {
  const { record } = update.outputs;
  expect(record?.isSecret).toBe(false);
  const resources = update.registrations.map(({ name, ...one }) => ({
    ...one,
    outputs: {
      publicKeyOpenssh: `ssh-ed25519 AAAA${name}`,
      privateKeyOpenssh: { plaintext: JSON.stringify(`private OpenSSH key of ${name}`) },
    },
  }));
  const stack = {
    urn: "urn:pulumi:dev::hardway::pulumi:pulumi:Stack::hardway-dev",
    type: "pulumi:pulumi:Stack",
    outputs: { record: record?.value },
  };
  const restarting = (network: object) =>
    machinesToRestart(
      planOf(labOf({ ...cluster, network })),
      parseState({ deployment: { resources: [stack, ...resources] } }),
    );
  expect(restarting({})).toEqual([]);
  expect(restarting({ dns: ["192.0.2.53"] })).toEqual([
    { node: "one", urns: [named("one-seed").urn, named("one-domain").urn] },
    { node: "two", urns: [named("two-seed").urn, named("two-domain").urn] },
  ]);
});

test("nothing in the state is where one person has it: another's `up` would take it for a change", () => {
  const { HOME = "" } = process.env;
  const personal = update.registrations.filter(({ inputs, ignoreChanges }) => {
    const compared = Object.entries(inputs).filter(([name]) => !ignoreChanges.includes(name));
    const texts = JSON.stringify(compared);
    // The paths of the run's state and image, and of the checkout.
    return [tmpdir(), HOME, projectDir].some((directory) => texts.includes(`"${directory}/`));
  });
  expect(personal.map(({ name }) => name)).toEqual([]);
});

test("a node more changes no other node's machine", async () => {
  const more = {
    ...cluster,
    nodes: { ...cluster.nodes, three: { roles: ["worker"], address: "10.17.0.13" } },
  };
  const grown = await runProgram({ cluster: more });
  const machines = (run: ProgramRun) =>
    run.registrations
      .filter(({ type, name }) => type.startsWith("libvirt:") && !name.startsWith("three-"))
      .map(({ urn, inputs }) => ({
        urn,
        inputs: { ...inputs, source: nameOf(String(inputs.source)).replace(/^.*\//, "") },
      }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  expect(machines(grown)).toEqual(machines(update));
}, 120_000);

test("an emulated machine has the best processor there is where its image needs more than the plainest", async () => {
  const image = "centos-stream-10";
  const machines = { ...cluster.machines, image };
  const { registrations } = await runProgram({ cluster: { ...cluster, machines } });
  const domains = registrations.filter(({ type }) => type === "libvirt:index/domain:Domain");
  const emulated = { type: "qemu", cpu: { mode: "maximum" } };
  expect(domains.map(({ inputs: { type, cpu } }) => ({ type, cpu }))).toEqual([emulated, emulated]);
}, 120_000);

test("with KVM a machine has the host's own processor", async () => {
  // A remote libvirt, so that the test does not depend on this machine's KVM.
  const machines = { libvirt: "qemu+ssh://root@host.example/system", domainType: "kvm" };
  const bridged = { network: { bridge: "br0" }, mirrorAddress: "10.17.0.2" };
  const { registrations } = await runProgram({ cluster: { ...cluster, ...bridged, machines } });
  const domains = registrations.filter(({ type }) => type === "libvirt:index/domain:Domain");
  expect(domains.map(({ inputs: { type, cpu } }) => ({ type, cpu }))).toEqual([
    { type: "kvm", cpu: { mode: "host-passthrough" } },
    { type: "kvm", cpu: { mode: "host-passthrough" } },
  ]);
}, 120_000);

describe("an existing machine", () => {
  const recordBefore = (): ClusterRecord => {
    const record = readRecord({ record: update.outputs.record?.value }, "dev");
    if (record === undefined) throw new Error("the program left no record");
    return record;
  };
  const earlierWith = (changed: (guest: GuestRecord & { name: string }) => GuestRecord) => {
    const { nodes, ...record } = recordBefore();
    const others = nodes.map(({ name, guest, ...node }) =>
      guest === undefined ? node : { name, ...node, guest: changed({ name, ...guest }) },
    );
    return { record: { ...record, nodes: others } };
  };

  test("keeps the image that it was made from, beside others on the config's", async () => {
    const old = {
      name: "debian-12",
      id: "fedcba987654",
      source: "/old.qcow2",
      cpuLevel: "x86-64-v1",
    } as const;
    const earlier = earlierWith(
      ({ name, rootDisk, ...guest }): GuestRecord => ({
        ...guest,
        rootDisk: name === "two" ? { ...rootDisk, image: old } : rootDisk,
      }),
    );
    const run = await runProgram({ cluster, mode: "preview", earlier });
    const found = (name: string) => run.registrations.find((one) => one.name === name)?.inputs;
    expect(found("image-fedcba987654")).toMatchObject({
      name: "image-fedcba987654.qcow2",
      source: "/old.qcow2",
    });
    expect(found("two-disk")).toMatchObject({ baseVolumeId: "id of image-fedcba987654" });
    expect(found("one-disk")).toMatchObject({ baseVolumeId: `id of ${image}` });
    const names = run.registrations.map(({ name }) => name);
    const before = update.registrations.map(({ name }) => name);
    expect(names.filter((name) => !before.includes(name))).toEqual(["image-fedcba987654"]);
  });

  test("and created with KVM is not restarted under emulation because KVM is missing now", async () => {
    expect(recordBefore().nodes.map(({ guest }) => guest?.domainType)).toEqual(["qemu", "qemu"]);
    const auto = { ...cluster, machines: { ...cluster.machines, domainType: "auto" } };
    const earlier = earlierWith((guest) => ({
      ...guest,
      domainType: guest.name === "one" ? "kvm" : "qemu",
    }));
    await expect(runProgram({ cluster: auto, mode: "preview", earlier })).rejects.toThrow(
      /machines\.domainType: these machines were created with KVM, which does not work here now; .*: one; fix KVM/,
    );
  });
});
