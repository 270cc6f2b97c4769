import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { StepScript } from "../remote/script.ts";
import { renderContainerd } from "./renderContainerd.ts";
import { renderCrio } from "./renderCrio.ts";

const renderers = { containerd: renderContainerd, "cri-o": renderCrio } as const;

/** The runtime that the node has by config. */
export function renderRuntime(plan: ClusterPlan, node: NodePlan): StepScript {
  return renderers[node.runtime.name](plan, node);
}
