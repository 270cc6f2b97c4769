import { runtimeNames } from "../../../model/lab.ts";
import { isKubernetesNode } from "../../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { type Installation, nodeComponent } from "../../remote/component.ts";
import { installContainerd } from "./containerd.ts";
import { installCrio } from "./crio.ts";

/** The container runtime of every Node, with runc and the pod network's plugins. */
export const runtime = nodeComponent({
  name: "runtime",
  kinds: { all: runtimeNames, of: ({ node }) => node.runtime.name },
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isKubernetesNode),
  after: () => ({
    operatingSystem: "Without a prepared machine there is nothing to install it on.",
  }),
  install: ({ plan, node }): Installation<never> => {
    switch (node.runtime.name) {
      case "containerd":
        return installContainerd(plan, node);
      case "cri-o":
        return installCrio(plan, node);
    }
  },
});
