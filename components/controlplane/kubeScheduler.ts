import { nodeYaml } from "../../base/nodeYaml.ts";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { clusterAuthorityPath, frontProxyAuthorityPath } from "../pki/paths.ts";
import { file, nodeComponent } from "../remote/component.ts";
import type { ProgramFlags } from "../remote/unit.ts";
import { installController } from "./installController.ts";
import { schedulerPaths } from "./paths.ts";

/** kube-scheduler on every control plane; one of them leads. */
export const kubeScheduler = nodeComponent({
  name: "kube-scheduler",
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isControlPlane),
  identity: () => ({
    commonName: "system:kube-scheduler",
    signedBy: { cluster: ["client"] },
  }),
  after: () => ({
    ownApiServer: "Without the API server beside it, it exits and is restarted until there is one.",
  }),
  install: ({ plan, node }) =>
    installController(plan, node, {
      component: "kube-scheduler",
      description: "Kubernetes scheduler",
      about: "The scheduler finds a node for every pod that has none.",
      user: "system:kube-scheduler",
      port: 10_259,
      paths: schedulerPaths,
      flags: schedulerFlags,
      files: [file(schedulerPaths.config, schedulerConfig(plan), { mode: "600" })],
    }),
});

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/ */
export const schedulerFlags: ProgramFlags<"kube-scheduler"> = {
  managed: {
    config: schedulerPaths.config,
    "authentication-kubeconfig": schedulerPaths.kubeconfig,
    "authorization-kubeconfig": schedulerPaths.kubeconfig,
    "client-ca-file": clusterAuthorityPath,
    "requestheader-client-ca-file": frontProxyAuthorityPath,
    "bind-address": "127.0.0.1",
    profiling: false,
  },
  defaults: {},
};

/** https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/ */
export function schedulerConfig({ leaderElection }: ClusterPlan): string {
  return nodeYaml({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig: schedulerPaths.kubeconfig },
    enableProfiling: false,
    leaderElection: {
      leaderElect: true,
      ...(leaderElection === undefined
        ? {}
        : {
            leaseDuration: `${leaderElection.leaseDurationSeconds}s`,
            renewDeadline: `${leaderElection.renewDeadlineSeconds}s`,
            retryPeriod: `${leaderElection.retryPeriodSeconds}s`,
          }),
    },
  });
}
