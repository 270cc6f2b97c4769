import { describe, expect, test } from "vitest";
import { labFrom } from "../../../config/resolve/labFrom.ts";
import { devCluster, haCluster, labOf, recordAfter } from "../../../harness/program/labs.ts";
import type { Lab } from "../../../model/lab.ts";
import { planCluster } from "../../../plan/planCluster.ts";
import { type ClusterRecord, readRecord } from "../../../plan/record.ts";
import { surroundings } from "../config/surroundings.ts";

const problemsOf = (lab: Lab, record: ClusterRecord | undefined) =>
  planCluster(lab, record).problems.map(({ path }) => path);

describe("the plan after a record", () => {
  const made = labOf(haCluster);

  test("of the same lab is the plan of a new one plus an order of changes, without problems", () => {
    const again = planCluster(made, recordAfter(made));
    const rollout = ["lb-2", "lb-1", "worker-1", "control-3", "control-2", "control-1"];
    expect(again.plan).toEqual({ ...planCluster(made, undefined).plan, rollout });
    expect(again).toMatchObject({ problems: [], notes: [], obstacle: undefined });
  });

  test("reports everything at once that the living cluster can't be changed to", () => {
    const { pools } = haCluster;
    const changed = labOf({
      ...haCluster,
      network: { plugin: "flannel" },
      pools: { ...pools, control: { ...pools.control, firstAddress: "10.17.0.31", diskGiB: 20 } },
    });
    expect(problemsOf(changed, recordAfter(made))).toEqual([
      "network.plugin",
      ...[0, 1, 2].map((index) => `pools.control[${index}].address`),
      ...[0, 1, 2].map((index) => `pools.control[${index}]`),
    ]);
    expect(problemsOf(changed, undefined)).toEqual([]);
    // Without keys, `./lab check` could print no line.
    const { problems } = planCluster(changed, recordAfter(made));
    expect(problems.filter(({ keys }) => keys === undefined)).toEqual([]);
  });

  test("keeps images and domain types, and says so", () => {
    const record = recordAfter(labOf(devCluster));
    const lab = labOf(devCluster);
    const { image, hypervisors } = lab.machines;
    const machines = {
      image: { ...image, name: "debian-13", id: "00000000000a" },
      hypervisors: hypervisors.map((one) => ({
        ...one,
        domainType: "kvm" as const,
        isTypeFoundOut: true as const,
      })),
    };
    const { plan, notes } = planCluster({ ...lab, machines }, record);
    expect(plan).toEqual({ ...planCluster(lab, undefined).plan, rollout: plan.rollout });
    expect(notes.map(({ path }) => path)).toEqual(["machines.image", "machines.domainType"]);
  });

  test("has an obstacle to an up if new machines would lack commands that they need", () => {
    const lab = labFrom({ ...devCluster, machines: { image: "debian-13" } }, surroundings());
    expect(planCluster(lab, undefined).obstacle?.message).toContain(
      "debian-13 as published lacks commands",
    );
    expect(planCluster(lab, recordAfter(lab)).obstacle).toBeUndefined();
  });
});

describe("a record", () => {
  const record = recordAfter(labOf(devCluster));

  test("is read from outputs, whatever else is in them", () => {
    expect(readRecord({ record, endpoint: "https://10.17.0.11:6443" }, "dev")).toEqual(record);
  });

  test.each([undefined, null, {}])("is not there in %s, and that is no error", (outputs) => {
    expect(readRecord(outputs, "dev")).toBeUndefined();
  });

  test.each([
    ["no record", { nodes: [] }, "found nothing,"],
    ["no mapping", ["record"], "found nothing,"],
    ["a later version", { record: { ...record, version: 9 } }, "found version: Invalid input"],
    [
      "a node without its roles",
      { record: { ...record, nodes: [{ ...record.nodes[0], roles: undefined }] } },
      "found nodes.0.roles: Invalid input",
    ],
  ])("is an error in outputs with %s", (_title, outputs, found) => {
    const read = () => readRecord(outputs, "ha");
    expect(read).toThrow(`the output record of the stack ha: ${found}`);
    expect(read).toThrow("use the version of hardway that made this lab, or create it again");
  });
});
