import { expect, test } from "vitest";
import { devCluster, haCluster, labOf } from "../../../harness/program/labs.ts";
import { labWarnings } from "../../../plan/warnings.ts";

const { nodes, pools } = haCluster;
const kvm = { domainType: "kvm" };

test.each([
  ["no risk", { ...haCluster, machines: kvm }, []],
  ["emulation, one etcd member", devCluster, ["nodes.control-1", "machines.domainType"]],
  [
    "little memory for a control plane",
    {
      ...haCluster,
      machines: kvm,
      pools: { ...pools, control: { ...pools.control, memoryMiB: 1700 } },
    },
    ["pools.control.memoryMiB"],
  ],
  [
    "little memory for a worker is fine",
    {
      ...haCluster,
      machines: kvm,
      nodes: { "worker-1": { ...nodes["worker-1"], memoryMiB: 1024 } },
    },
    [],
  ],
  [
    "a deprecated mode of kube-proxy",
    { ...haCluster, machines: kvm, network: { proxy: "ipvs" } },
    ["network.proxy"],
  ],
  ["no kube-proxy", { ...haCluster, machines: kvm, network: { proxy: "none" } }, ["network.proxy"]],
])("warnings: %s", (_, cluster, places) => {
  expect(labWarnings(labOf(cluster)).map(({ path }) => path)).toEqual(places);
});
