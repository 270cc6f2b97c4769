import { expect, test } from "vitest";
import { nodeTable } from "../../../tools/access/nodeTable.ts";

const nodes = [
  { name: "control-1", roles: ["control-plane", "etcd"], address: "10.18.0.11" },
  { name: "worker-1", roles: ["worker", "load-balancer"], address: "10.18.0.21" },
  { name: "worker-2", roles: ["worker"], address: "10.18.0.22" },
  { name: "lb-1", roles: ["load-balancer"], address: "10.18.0.5" },
  { name: "etcd-1", roles: ["etcd"], address: "10.18.0.31" },
] as const;

test("each machine has a line, with what the API says of it where it is a node", () => {
  const health = [
    { name: "control-1", ready: true, word: "v1.36.4" },
    { name: "worker-1", ready: false, word: "container runtime is down" },
  ];
  expect(nodeTable(nodes, health)).toBe(
    `
NODE       ROLES                  ADDRESS     STATE
control-1  control-plane, etcd    10.18.0.11  Ready v1.36.4
worker-1   worker, load-balancer  10.18.0.21  NotReady container runtime is down
worker-2   worker                 10.18.0.22  unknown
lb-1       load-balancer          10.18.0.5   not a Kubernetes node
etcd-1     etcd                   10.18.0.31  not a Kubernetes node
`.trim(),
  );
  const [first = ""] = nodeTable(nodes, undefined).split("\n").slice(1);
  expect(first).toContain("unknown");
});
