import type { ClusterPlan, NodePlan } from "../plan/clusterPlan.ts";
import { kubeApiServer } from "./controlplane/kubeApiServer.ts";
import { kubeControllerManager } from "./controlplane/kubeControllerManager.ts";
import { kubeScheduler } from "./controlplane/kubeScheduler.ts";
import { etcdMember } from "./etcd/etcdMember.ts";
import { haproxy } from "./loadbalancer/haproxy.ts";
import { keepalived } from "./loadbalancer/keepalived.ts";
import { kubelet } from "./node/kubelet.ts";
import { kubeProxy } from "./node/kubeProxy.ts";
import { flanneld } from "./node/networks/flannel/flanneld.ts";
import { runtime } from "./node/runtimes/runtime.ts";
import { installOs } from "./os/installOs.ts";
import type { AuthorityName } from "./pki/authorities.ts";
import { type Installation, type NodeComponent, stepName } from "./remote/component.ts";

/** One component on one node. */
export interface NodeInstallation {
  /** The step's name. */
  readonly name: string;
  readonly installation: Installation;
  /** What the step waits for, each with the reason. */
  readonly after: Readonly<Partial<Record<string, string>>>;
}

/** Every component that the node runs, in reading order. */
export function installationsOn(plan: ClusterPlan, node: NodePlan): NodeInstallation[] {
  const of = <Target extends { readonly name: string }, S extends AuthorityName, E extends string>(
    component: NodeComponent<Target, S, E>,
  ): NodeInstallation[] =>
    component
      .on(plan)
      .filter(({ name }) => name === node.name)
      .map((target) => ({ plan, node: target }))
      .map((scope) => ({
        name: stepName(component, scope),
        installation: component.install(scope),
        after: component.after(scope),
      }));
  const ofPodNetwork = (): NodeInstallation[] => {
    switch (plan.network.podNetwork.kind) {
      case "flannel":
        return of(flanneld);
      case "routes":
      case "none":
        return [];
    }
  };
  return [
    { name: "os", installation: installOs(plan, node), after: {} },
    ...of(haproxy),
    ...of(keepalived),
    ...of(etcdMember),
    ...of(kubeApiServer),
    ...of(kubeControllerManager),
    ...of(kubeScheduler),
    ...of(runtime),
    ...of(kubelet),
    ...of(kubeProxy),
    ...ofPodNetwork(),
  ];
}
