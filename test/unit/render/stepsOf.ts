import { renderApiServer } from "../../../components/controlplane/renderApiServer.ts";
import {
  renderControllerManager,
  renderScheduler,
} from "../../../components/controlplane/renderControllers.ts";
import { renderEtcd } from "../../../components/etcd/render.ts";
import { renderMembership } from "../../../components/etcd/renderMembership.ts";
import { renderHaproxy } from "../../../components/loadbalancer/renderHaproxy.ts";
import { renderKeepalived } from "../../../components/loadbalancer/renderKeepalived.ts";
import { renderFlannel } from "../../../components/node/renderFlannel.ts";
import { renderKubelet } from "../../../components/node/renderKubelet.ts";
import { renderKubeProxy } from "../../../components/node/renderKubeProxy.ts";
import { renderNode } from "../../../components/node/renderNode.ts";
import { renderRuntime } from "../../../components/node/renderRuntime.ts";
import { renderHost } from "../../../components/os/renderOs.ts";
import type { StepScript } from "../../../components/remote/script.ts";
import { type PlacedFile, takeFiles } from "../../../harness/program/nodeSteps.ts";
import { isControlPlane, isKubernetesNode } from "../../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";

/** Every step that a node receives, in the order of the graph. */
export function stepsOf(plan: ClusterPlan, node: NodePlan): StepScript[] {
  const { vxlan } = plan.network;
  const member = plan.etcd.members.find(({ name }) => name === node.name);
  const balancer = plan.loadBalancer;
  const place = balancer?.nodes.find(({ name }) => name === node.name);
  return [
    renderHost(plan, node),
    ...(balancer === undefined || place === undefined
      ? []
      : [
          renderHaproxy(plan, balancer),
          ...(balancer.shared ? [renderKeepalived(plan, balancer, place)] : []),
        ]),
    ...(member === undefined ? [] : [renderEtcd(plan, member), renderMembership(plan, member)]),
    ...(isControlPlane(node)
      ? [
          renderApiServer(plan, node),
          renderControllerManager(plan, node),
          renderScheduler(plan, node),
        ]
      : []),
    ...(isKubernetesNode(node)
      ? [
          renderRuntime(plan, node),
          renderKubelet(plan, node),
          renderKubeProxy(plan, node),
          renderNode(plan, node),
          ...(vxlan === undefined ? [] : [renderFlannel(plan, node, vxlan)]),
        ]
      : []),
  ];
}

/** Every file that stands in a node's scripts. */
export function filesOf(plan: ClusterPlan, node: NodePlan): PlacedFile[] {
  return stepsOf(plan, node).flatMap(({ create }) => takeFiles(create).files);
}
