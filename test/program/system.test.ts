import { beforeAll, describe, expect, test } from "vitest";
import { domainXslt } from "../../components/machines/guests/domainXslt.ts";
import { devCluster, haCluster } from "../../harness/program/labs.ts";
import { nodeSteps } from "../../harness/program/nodeSteps.ts";
import {
  type ProgramRun,
  type Registration,
  runProgram,
} from "../../harness/program/runProgram.ts";

/** The difference of the machines' settings to the graph. */

let plain: ProgramRun;
let wished: ProgramRun;
let disked: ProgramRun;

beforeAll(async () => {
  const wishes = {
    users: { ada: {} },
    files: { "/etc/token": { content: "swordfish", mode: "600" } },
  };
  const pools = { worker: { ...devCluster.pools.worker, ...wishes } };
  [plain, wished, disked] = await Promise.all([
    runProgram({ cluster: devCluster }),
    runProgram({ cluster: { ...devCluster, timeZone: "Europe/Berlin", pools } }),
    runProgram({ cluster: { ...haCluster, machines: { etcdDiskGiB: 8 } } }),
  ]);
});

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/**
 * The engine's comparison key of each resource. Images and seeds are different files in each run.
 */
const inputsOf = ({ registrations }: ProgramRun) =>
  new Map(
    registrations.map(({ urn, inputs }) => [urn, JSON.stringify({ ...inputs, source: undefined })]),
  );

function named(run: ProgramRun, name: string): Registration {
  const found = run.registrations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not registered`);
  return found;
}

describe("time zone, users and files", () => {
  test("are one step more on each node, and nothing else is another: no machine boots again", () => {
    const before = inputsOf(plain);
    const changed = [...inputsOf(wished)].filter(([urn, inputs]) => before.get(urn) !== inputs);
    expect(changed.map(([urn]) => nameOf(urn))).toEqual([
      "control-1-system",
      "worker-1-system",
      "worker-2-system",
    ]);
  });

  test("are there before any component, which reads them when it starts", () => {
    for (const { resource, name, earlier } of nodeSteps(wished)) {
      if (["os", "system"].includes(name)) continue;
      expect({ resource, earlier: earlier.map((one) => one.name) }).toEqual({
        resource,
        earlier: expect.arrayContaining(["os", "system"]) as unknown,
      });
    }
  });

  test("go with their machine", () => {
    expect(named(wished, "worker-1-system").deletedWith).toMatch(/::worker-1-os$/);
  });

  test("what others may not read goes over standard input alone, as a secret", () => {
    const { inputs } = named(wished, "worker-1-system");
    expect(inputs.stdin).toMatchObject({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: '600 root:root /etc/token "swordfish\\n"\nend\n',
    });
    expect(String(inputs.create)).not.toContain("swordfish");
    expect(named(wished, "control-1-system").inputs).not.toHaveProperty("stdin");
  });
});

describe("a disk for etcd", () => {
  test("is a volume of each member's machine and of no other, and no node's disk is called like it", () => {
    const volumes = disked.registrations.filter(({ name }) => name.endsWith("-etcd-data"));
    expect(volumes.map(({ name }) => name)).toEqual(
      [1, 2, 3].map((one) => `control-${one}-etcd-data`),
    );
    expect(volumes[0]?.inputs).toEqual({
      name: "control-1.etcd.qcow2",
      pool: "hardway-dev",
      size: 8 * 1024 ** 3,
      format: "qcow2",
    });
    expect(volumes.every(({ deleteBeforeReplace }) => deleteBeforeReplace)).toBe(true);
  });

  test("is the machine's third, known by its serial number; the machine goes when it does", () => {
    const { inputs, propertyDependencies, replaceOnChanges } = named(disked, "control-1-domain");
    expect(inputs.disks).toEqual(
      ["disk", "seed", "etcd-data"].map((what) => ({ volumeId: `id of control-1-${what}` })),
    );
    expect(inputs.xml).toEqual({
      xslt: domainXslt("/var/lib/libvirt/hardway/dev", "control-1.etcd.qcow2"),
    });
    expect(propertyDependencies.disks?.map(nameOf)).toContain("control-1-etcd-data");
    expect(replaceOnChanges).toContain("disks");
    expect(named(disked, "worker-1-domain").inputs.xml).toEqual({
      xslt: domainXslt("/var/lib/libvirt/hardway/dev"),
    });
  });

  test("depends on nothing of the machine, which may get another root disk", () => {
    const { replaceWith, dependencies } = named(disked, "control-1-etcd-data");
    expect(replaceWith).toEqual([]);
    expect(dependencies.map(nameOf)).toEqual(["pool"]);
  });

  test("a control plane costs 35 resources with it", () => {
    const own = disked.registrations.filter(({ name }) => name.startsWith("control-1-"));
    expect(own.length).toBe(35);
  });

  test("is in the output record; a change is refused in the preview, before anything is registered", async () => {
    expect(disked.outputs.record?.value).toMatchObject({
      nodes: expect.arrayContaining([
        expect.objectContaining({
          name: "control-1",
          guest: expect.objectContaining({ etcdDiskGiB: 8 }) as unknown,
        }),
      ]) as unknown,
    });
    const earlier = { record: disked.outputs.record?.value };
    await expect(runProgram({ cluster: haCluster, mode: "preview", earlier })).rejects.toThrow(
      "Pulumi.dev.yaml: 3 problems; nothing was changed.\n  pools.control[0].etcdDiskGiB: nothing, but this machine was created with an etcd disk of 8",
    );
  }, 120_000);
});
