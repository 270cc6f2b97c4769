import { renderMembership } from "../../components/etcd/renderMembership.ts";
import { renderNode } from "../../components/node/renderNode.ts";
import { installationsOn } from "../../components/nodeComponents.ts";
import { renderInstallation } from "../../components/remote/renderComponent.ts";
import type { StepScript } from "../../components/remote/script.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { type PlacedFile, takeFiles } from "./nodeSteps.ts";

/** Every step that runs on a node, or is about it. */
export function stepsOf(plan: ClusterPlan, node: NodePlan): StepScript[] {
  const member = plan.etcd.members.find(({ name }) => name === node.name);
  return [
    ...installationsOn(plan, node).map(({ name, installation }) =>
      renderInstallation(name, installation),
    ),
    ...(member === undefined ? [] : [renderMembership(plan, member)]),
    ...(isKubernetesNode(node) ? [renderNode(plan, node)] : []),
  ];
}

/** One of a node's steps, by the step's name. */
export function stepOf(
  plan: ClusterPlan,
  node: { readonly name: string },
  name: string,
): StepScript {
  const planned = plan.nodes.find((one) => one.name === node.name);
  const steps = planned === undefined ? [] : stepsOf(plan, planned);
  const found = steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`${node.name} has no step ${name}`);
  return found;
}

/** Every file in a node's scripts. */
export function filesOf(plan: ClusterPlan, node: NodePlan): PlacedFile[] {
  return stepsOf(plan, node).flatMap(({ create }) => takeFiles(create).files);
}
