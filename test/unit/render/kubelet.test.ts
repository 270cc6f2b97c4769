import { expect, test } from "vitest";
import { parse } from "yaml";
import { labOf, planOf } from "../../../harness/program/labs.ts";
import { filesOf } from "../../../harness/program/stepsOf.ts";

test("a control plane keeps pods away from the moment it registers; one that is a worker too takes them", () => {
  const plan = planOf(
    labOf({
      nodes: {
        alone: {
          roles: ["control-plane"],
          address: "10.17.0.11",
          taints: ["dedicated=infra:PreferNoSchedule"],
        },
        worker: {
          roles: ["worker"],
          address: "10.17.0.21",
          taints: ["dedicated=infra:NoSchedule"],
        },
      },
    }),
  );
  const both = planOf(
    labOf({ nodes: { both: { roles: ["control-plane", "worker"], address: "10.17.0.11" } } }),
  );
  const registered = [plan, both].flatMap((each) =>
    each.nodes.map((node) => {
      const file = filesOf(each, node).find(({ path }) => path === "/var/lib/kubelet/config.yaml");
      const { registerWithTaints } = parse(file?.text ?? "") as { registerWithTaints?: unknown };
      return [node.name, registerWithTaints];
    }),
  );
  expect(registered).toEqual([
    ["alone", [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]],
    // User-defined taints may change, and a kubelet reads this file once.
    ["worker", undefined],
    ["both", undefined],
  ]);
});
