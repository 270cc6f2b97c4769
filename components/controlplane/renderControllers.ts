import { nodeYaml } from "../../base/nodeYaml.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { ownApiUrl } from "../../plan/planCluster.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import {
  clusterAuthorityKeyPath,
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
} from "../pki/paths.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { commandLine, type Flags, hardening, renderUnit, restarts } from "../remote/unit.ts";
import { controllerManagerPaths, schedulerPaths } from "./paths.ts";

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ */
export function controllerManagerFlags(plan: ClusterPlan): Flags {
  const { kubeconfig } = controllerManagerPaths;
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": "127.0.0.1",
    // Pods' networks follow from the nodes' addresses; the node step writes them into the Node objects.
    "allocate-node-cidrs": false,
    "cluster-cidr": plan.network.pods,
    "cluster-name": plan.name,
    "cluster-signing-cert-file": clusterAuthorityPath,
    "cluster-signing-key-file": clusterAuthorityKeyPath,
    "client-ca-file": clusterAuthorityPath,
    "requestheader-client-ca-file": frontProxyAuthorityPath,
    "root-ca-file": clusterAuthorityPath,
    "service-account-private-key-file": serviceAccountKeyPath,
    "service-cluster-ip-range": plan.network.services,
    "use-service-account-credentials": true,
    "leader-elect": true,
    ...(plan.leaderElection === undefined
      ? {}
      : {
          "leader-elect-lease-duration": `${plan.leaderElection.leaseDurationSeconds}s`,
          "leader-elect-renew-deadline": `${plan.leaderElection.renewDeadlineSeconds}s`,
          "leader-elect-retry-period": `${plan.leaderElection.retryPeriodSeconds}s`,
        }),
    "terminated-pod-gc-threshold": 1000,
    profiling: false,
  };
}

export function renderControllerManager(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = controllerManagerPaths;
  return renderController(plan, node, {
    component: "kube-controller-manager",
    description: "Kubernetes controller manager",
    what: "The controllers: each watches one kind of object and brings the world nearer to it.",
    user: "system:kube-controller-manager",
    port: 10_257,
    paths,
    flags: controllerManagerFlags(plan),
    reads: [clusterAuthorityKeyPath, serviceAccountKeyPath, frontProxyAuthorityPath],
    // Whoever has it can be anybody in the cluster; a node that is no control plane any more must not.
    ownFiles: [clusterAuthorityKeyPath],
  });
}

export function renderScheduler(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = schedulerPaths;
  const config = nodeYaml({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig: paths.kubeconfig },
    enableProfiling: false,
    leaderElection: {
      leaderElect: true,
      ...(plan.leaderElection === undefined
        ? {}
        : {
            leaseDuration: `${plan.leaderElection.leaseDurationSeconds}s`,
            renewDeadline: `${plan.leaderElection.renewDeadlineSeconds}s`,
            retryPeriod: `${plan.leaderElection.retryPeriodSeconds}s`,
          }),
    },
  });
  return renderController(plan, node, {
    component: "kube-scheduler",
    description: "Kubernetes scheduler",
    what: "The scheduler: finds a node for every pod that has none.",
    user: "system:kube-scheduler",
    port: 10_259,
    paths,
    flags: {
      config: paths.config,
      "authentication-kubeconfig": paths.kubeconfig,
      "authorization-kubeconfig": paths.kubeconfig,
      "client-ca-file": clusterAuthorityPath,
      "requestheader-client-ca-file": frontProxyAuthorityPath,
      "bind-address": "127.0.0.1",
      profiling: false,
    },
    files: putFile(paths.config, config, "600"),
    reads: [paths.config, frontProxyAuthorityPath],
    ownFiles: [paths.config],
  });
}

interface Controller {
  readonly component: "kube-controller-manager" | "kube-scheduler";
  readonly description: string;
  readonly what: string;
  readonly user: string;
  /** Of its own HTTPS endpoint, on the loopback only. */
  readonly port: number;
  readonly paths: typeof controllerManagerPaths | typeof schedulerPaths;
  readonly flags: Flags;
  /** Lines that put more files. */
  readonly files?: string;
  /** Files whose change restarts it, besides its own key pair, kubeconfig and program. */
  readonly reads: readonly string[];
  /** Those of `reads` that nobody else on the node needs: they go with it. */
  readonly ownFiles: readonly string[];
}

/** The controller manager and the scheduler are installed alike: a client of the API server that elects a leader. */
function renderController(plan: ClusterPlan, node: NodePlan, controller: Controller): StepScript {
  const { component, paths } = controller;
  const unitPath = `/etc/systemd/system/${component}.service`;
  const kubeconfig = renderKubeconfig({
    cluster: plan.name,
    // The one beside it: never newer than it while versions change, and of no use without it.
    server: ownApiUrl(node),
    user: controller.user,
    credentials: {
      authorityPath: clusterAuthorityPath,
      certPath: paths.cert,
      keyPath: paths.key,
    },
  });
  const unit = renderUnit({
    Unit: {
      Description: controller.description,
      Documentation: `https://kubernetes.io/docs/concepts/architecture/#${component}`,
      After: "kube-apiserver.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      ExecStart: commandLine(paths.program, controller.flags, node.flags[component]),
      ...restarts,
      ...hardening,
    },
  });
  return {
    name: component,
    create: `# ${controller.what}
put_secrets
${putFile(paths.kubeconfig, kubeconfig, "600")}
${controller.files ?? ""}${provide(plan.artifacts[component], { [component]: paths.program })}
${putFile(unitPath, unit, "600")}
healthy() { curl --silent --fail --insecure --max-time 5 https://127.0.0.1:${controller.port}/healthz; }
converge ${component}.service 300 healthy ${[
      paths.program,
      paths.kubeconfig,
      paths.cert,
      paths.key,
      clusterAuthorityPath,
      ...controller.reads,
    ].join(" ")}
`,
    delete: `remove_unit ${component}.service
rm -rf ${[paths.program, `/opt/hardway/bin/${component}`, paths.kubeconfig, paths.cert, paths.key, ...controller.ownFiles].join(" ")}
`,
  };
}
