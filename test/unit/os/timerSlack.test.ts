import { expect, test } from "vitest";
import { timerSlackPath } from "../../../components/os/timerSlack.ts";
import { devCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { takeFiles } from "../../../harness/program/nodeSteps.ts";
import { stepOf } from "../../../harness/program/stepsOf.ts";
import type { ClusterPlan } from "../../../plan/clusterPlan.ts";

const planWith = (domainType: "kvm" | "qemu"): ClusterPlan =>
  planOf(labOf({ ...devCluster, machines: { domainType } }));

test("timers of an emulated machine's services wait for one another", () => {
  const plan = planWith("qemu");
  for (const node of plan.nodes) {
    const { create, delete: undo } = stepOf(plan, node, "os");
    const placed = takeFiles(create).files.find(({ path }) => path === timerSlackPath);
    expect(placed?.text.split("\n")).toContain("TimerSlackNSec=10ms");
    expect(undo).toContain(` ${timerSlackPath}`);
  }
});

test("a machine that has KVM now loses what it got when it was emulated", () => {
  const plan = planWith("kvm");
  for (const node of plan.nodes) {
    const { script, files } = takeFiles(stepOf(plan, node, "os").create);
    expect(files.map(({ path }) => path)).not.toContain(timerSlackPath);
    expect(script).toContain(`rm -f ${timerSlackPath}\n`);
  }
});
