import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import {
  clusterAuthorityKeyPath,
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
} from "../pki/paths.ts";
import { credential, nodeComponent } from "../remote/component.ts";
import type { ProgramFlags } from "../remote/unit.ts";
import { installController } from "./installController.ts";
import { controllerManagerPaths } from "./paths.ts";

/** kube-controller-manager on every control plane; one of them leads. */
export const kubeControllerManager = nodeComponent({
  name: "kube-controller-manager",
  on: ({ nodes }: ClusterPlan): NodePlan[] => nodes.filter(isControlPlane),
  identity: () => ({
    commonName: "system:kube-controller-manager",
    signedBy: { cluster: ["client"] },
  }),
  after: () => ({
    ownApiServer: "Without the API server beside it, it exits and is restarted until there is one.",
  }),
  install: ({ plan, node }) =>
    installController(plan, node, {
      component: "kube-controller-manager",
      description: "Kubernetes controller manager",
      about:
        "The controllers: each watches one kind of object and brings the actual state closer to the desired one.",
      user: "system:kube-controller-manager",
      port: 10_257,
      paths: controllerManagerPaths,
      flags: controllerManagerFlags(plan),
      files: [
        // It signs certificates that are requested through the API. The key's holder can
        // impersonate any user of the cluster, so a node that stops being a control plane must not
        // keep the key.
        credential(clusterAuthorityKeyPath, ({ authorities }) => authorities.cluster.keyPem),
        // It signs service accounts' tokens, which the API server verifies with the same key.
        credential(serviceAccountKeyPath, ({ authorities }) => authorities.serviceAccountKey, {
          isShared: true,
        }),
      ],
    }),
});

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ */
export function controllerManagerFlags(plan: ClusterPlan): ProgramFlags<"kube-controller-manager"> {
  const { kubeconfig } = controllerManagerPaths;
  return {
    managed: {
      kubeconfig,
      "authentication-kubeconfig": kubeconfig,
      "authorization-kubeconfig": kubeconfig,
      "bind-address": "127.0.0.1",
      // A node's pod network is derived from its address; the node step writes it into the Node
      // object.
      "allocate-node-cidrs": false,
      "cluster-cidr": String(plan.network.pods),
      "cluster-signing-cert-file": clusterAuthorityPath,
      "cluster-signing-key-file": clusterAuthorityKeyPath,
      "client-ca-file": clusterAuthorityPath,
      "requestheader-client-ca-file": frontProxyAuthorityPath,
      "root-ca-file": clusterAuthorityPath,
      "service-account-private-key-file": serviceAccountKeyPath,
      "service-cluster-ip-range": String(plan.network.services),
      "use-service-account-credentials": true,
      "leader-elect": true,
    },
    defaults: {
      "cluster-name": plan.name,
      ...(plan.leaderElection === undefined
        ? {}
        : {
            "leader-elect-lease-duration": `${plan.leaderElection.leaseDurationSeconds}s`,
            "leader-elect-renew-deadline": `${plan.leaderElection.renewDeadlineSeconds}s`,
            "leader-elect-retry-period": `${plan.leaderElection.retryPeriodSeconds}s`,
          }),
      "terminated-pod-gc-threshold": 1000,
      profiling: false,
    },
  };
}
