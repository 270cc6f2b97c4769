import { describe, expect, test } from "vitest";
import { labOf, recordAfter } from "../../../harness/program/labs.ts";
import { keptNetworkProblems } from "../../../plan/changes/keptNetwork.ts";

const labIn = (network: object, address = "10.17.0.130") =>
  labOf({
    network,
    nodes: {
      control: { roles: ["control-plane"], address },
      worker: { roles: ["worker"], address: "10.17.0.140" },
      lb: { roles: ["load-balancer"], address: "10.17.0.150" },
    },
  });
const before = recordAfter(labIn({ nodes: "10.17.0.128/25" }));

describe("network.nodes of an existing cluster", () => {
  test("may not move pod networks of nodes that keep their addresses", () => {
    const problems = keptNetworkProblems(labIn({ nodes: "10.17.0.0/24" }), before);
    expect(problems).toEqual([
      {
        keys: ["network", "nodes"],
        path: "network.nodes",
        message:
          "10.17.0.0/24 would move the pod networks of control (10.200.2.0/24, then 10.200.130.0/24), worker (10.200.12.0/24, then 10.200.140.0/24), which follow from the places of the nodes' addresses in network.nodes; write the network that the cluster was created with again, or recreate the cluster: ./lab destroy, then ./lab up",
      },
    ]);
  });

  test("may get another size, as long as every node keeps its place", () => {
    const small = recordAfter(labIn({ nodes: "10.17.0.0/24" }));
    expect(keptNetworkProblems(labIn({ nodes: "10.17.0.0/23" }), small)).toEqual([]);
  });

  test("is not blamed for another node's address, or for other pods", () => {
    expect(keptNetworkProblems(labIn({ nodes: "10.17.0.128/25" }, "10.17.0.131"), before)).toEqual(
      [],
    );
    const pods = labIn({ nodes: "10.17.0.128/25", pods: "10.100.0.0/16" });
    expect(keptNetworkProblems(pods, before).map(({ path }) => path)).toEqual(["network.pods"]);
  });
});
