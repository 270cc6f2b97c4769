import { describe, expect, test } from "vitest";
import { devCluster, haCluster, labOf, recordAfter } from "../../harness/program/labs.ts";
import { runProgram } from "../../harness/program/runProgram.ts";
import { readRecord } from "../../plan/record.ts";

const cluster = { nodes: { "control-1": devCluster.nodes["control-1"] } };

describe("a stack without outputs, before its first up,", () => {
  test("is no error; its up leaves a record that the next one reads", async () => {
    const { outputs, warnings } = await runProgram({ cluster, earlier: {} });
    expect(warnings).toBe("");
    expect(outputs.record?.isSecret).toBe(false);
    const record = readRecord({ record: outputs.record?.value }, "dev");
    expect(record?.nodes).toMatchObject([
      { name: "control-1", port: 22, user: "root", ready: true, guest: { domainType: "qemu" } },
    ]);
    expect(outputs.nodes?.value).toEqual([
      {
        name: "control-1",
        address: "10.17.0.11",
        roles: ["control-plane"],
        podNetwork: "10.200.11.0/24",
        user: "root",
        port: 22,
        hostKey: record?.nodes[0]?.hostKey,
      },
    ]);
  }, 60_000);
});

describe("outputs that the engine can't read", () => {
  const earlier = { unreadable: "could not decrypt: no key" };
  const told =
    "the outputs of the stack organization/hardway/dev: found that they can't be read: could not decrypt: no key, expected the record of the last `up`; without it, nothing checks whether this config would erase etcd's data; check that `pulumi stack output record` prints the record, then run this again";

  test("stop an up before anything is registered", async () => {
    await expect(runProgram({ cluster, earlier })).rejects.toThrow(told);
  }, 60_000);

  test("are a warning in a preview", async () => {
    const { registrations, warnings } = await runProgram({ cluster, earlier, mode: "preview" });
    expect(warnings).toContain(told);
    expect(registrations.length).toBeGreaterThan(0);
  }, 60_000);
});

describe("a change that the existing cluster refuses", () => {
  const { control, lb } = haCluster.pools;
  const { api, nodes } = haCluster;
  const ofControlPlanes = (count: number, more: object = {}) => ({
    api,
    nodes,
    pools: { control: { ...control, count }, lb },
    ...more,
  });
  const earlier = { record: recordAfter(labOf(ofControlPlanes(3))) };

  test.each(["preview", "update"] as const)(
    "stops an %s of plain Pulumi, unless the config allows it by name",
    async (mode) => {
      const one = ofControlPlanes(1);
      await expect(runProgram({ cluster: one, earlier, mode })).rejects.toThrow(
        "pools.control.count: 1 etcd member of 3 would be left, fewer than their quorum of 2",
      );
      const allowed = ofControlPlanes(1, { allow: ["etcd-below-quorum"] });
      const { registrations, warnings } = await runProgram({ cluster: allowed, earlier, mode });
      expect(registrations.length).toBeGreaterThan(0);
      expect(warnings).toBe("");
    },
    120_000,
  );
});

describe("a record that is not understood", () => {
  const record = recordAfter(labOf(cluster));

  test.each(["preview", "update"] as const)(
    "stops an %s",
    async (mode) => {
      const earlier = { record: { ...record, version: 2 } };
      await expect(runProgram({ cluster, earlier, mode })).rejects.toThrow(
        "the output record of the stack dev: found version: Invalid input: expected 1, expected a record of version 1, which the checks against losing data need; use the version of hardway that made this lab, or create it again: ./lab destroy, then ./lab up",
      );
    },
    60_000,
  );
});
