import { describe, expect, test } from "vitest";
import { problemText } from "../../../config/messages/problem.ts";
import { labOf, recordAfter } from "../../../harness/program/labs.ts";
import { belowQuorumProblems, idleAllowances } from "../../../plan/changes/keptQuorum.ts";
import { planCluster } from "../../../plan/planCluster.ts";

const pooled = (count: number, allow: readonly string[] = []) =>
  labOf({
    api: { address: "10.17.0.10" },
    pools: {
      control: { count, roles: ["control-plane"], firstAddress: "10.17.0.11" },
      lb: { count: 2, roles: ["load-balancer"], firstAddress: "10.17.0.5" },
    },
    allow,
  });

const named = (...numbers: readonly number[]) =>
  labOf({
    api: { address: "10.17.0.10" },
    nodes: {
      lb: { roles: ["load-balancer"], address: "10.17.0.5" },
      ...Object.fromEntries(
        numbers.map((number) => [
          `control-${number}`,
          { roles: ["control-plane"], address: `10.17.0.1${number}` },
        ]),
      ),
    },
  });

const told = (now: ReturnType<typeof labOf>, before: ReturnType<typeof labOf>) => [
  ...belowQuorumProblems(now, recordAfter(before)),
];

describe("fewer etcd members than the existing members' quorum", () => {
  test("are refused at the pool's count, with the way to do it instead", () => {
    expect(told(pooled(1), pooled(3))).toEqual([
      {
        keys: ["pools", "control", "count"],
        path: "pools.control.count",
        message:
          "1 etcd member of 3 would be left, fewer than their quorum of 2: control-2, control-3 would leave and lose their copies of the cluster's data in one `up`, while the last two members tolerate no failure; keep three members, or write allow: [etcd-below-quorum] for this change",
      },
    ]);
    const [five] = told(pooled(1), pooled(5));
    expect(five?.message).toContain("fewer than their quorum of 3");
    expect(five?.message).toContain("; go to 3 members first, with ./lab up; or keep at least 3");
  });

  test("are refused in nodes if the members have names there", () => {
    expect(told(named(1), named(1, 2, 3)).map(({ keys }) => keys)).toEqual([["nodes"]]);
  });

  test("are no problem with a quorum left, with new members, and for the only member", () => {
    expect(told(pooled(3), pooled(5))).toEqual([]);
    expect(told(pooled(5), pooled(3))).toEqual([]);
    expect(told(pooled(1), pooled(1))).toEqual([]);
    // New members have the data before old ones leave.
    expect(told(named(1, 4, 5), named(1, 2, 3))).toEqual([]);
  });

  test("are allowed by name, and the plan says when the allowance is idle", () => {
    const allowed = pooled(1, ["etcd-below-quorum"]);
    expect(planCluster(allowed, recordAfter(pooled(3)))).toMatchObject({ problems: [], notes: [] });
    expect(planCluster(pooled(1), recordAfter(pooled(3))).problems).toHaveLength(1);
    for (const record of [undefined, recordAfter(allowed)]) {
      expect([...idleAllowances(allowed, record)].map(problemText)).toEqual([
        "allow[0]: etcd-below-quorum is not needed by this change; remove it, so that a later mistake is refused",
      ]);
      expect(planCluster(allowed, record).notes.map(({ path }) => path)).toEqual(["allow[0]"]);
    }
  });
});
