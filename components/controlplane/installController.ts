import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { ownApiUrl } from "../../plan/planCluster.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { clusterAuthorityPath, frontProxyAuthorityPath } from "../pki/paths.ts";
import {
  type ComponentFile,
  credential,
  file,
  type Installation,
  program,
} from "../remote/component.ts";
import {
  type AnyProgramFlags,
  hardening,
  programLine,
  renderUnit,
  restarts,
} from "../remote/unit.ts";
import type { controllerManagerPaths, schedulerPaths } from "./paths.ts";

export interface Controller {
  readonly component: "kube-controller-manager" | "kube-scheduler";
  readonly description: string;
  readonly about: string;
  /** The user that the API server authenticates it as. */
  readonly user: string;
  /** The port of its own HTTPS endpoint, on the loopback interface only. */
  readonly port: number;
  readonly paths: typeof controllerManagerPaths | typeof schedulerPaths;
  readonly flags: AnyProgramFlags;
  /** Besides its key pair and kubeconfig. */
  readonly files: readonly ComponentFile<"cluster">[];
}

/**
 * Shared by the controller manager and the scheduler: a client of the API server, with leader
 * election.
 */
export function installController(
  plan: ClusterPlan,
  node: NodePlan,
  { component, paths, ...controller }: Controller,
): Installation<"cluster"> {
  const kubeconfig = renderKubeconfig({
    cluster: plan.name,
    // The API server on the same node: during an upgrade a controller is never newer than that
    // server, and without it the controller has no use.
    server: ownApiUrl(node),
    user: controller.user,
    credentials: { authorityPath: clusterAuthorityPath, certPath: paths.cert, keyPath: paths.key },
  });
  return {
    about: controller.about,
    files: [
      credential(clusterAuthorityPath, ({ authorities }) => authorities.cluster.certPem, {
        mode: "644",
        isShared: true,
      }),
      credential(frontProxyAuthorityPath, ({ authorities }) => authorities.frontProxy.certPem, {
        mode: "644",
        isShared: true,
      }),
      credential(paths.cert, ({ certPem }) => certPem.cluster, { mode: "644" }),
      credential(paths.key, ({ keyPem }) => keyPem),
      file(paths.kubeconfig, kubeconfig, { mode: "600" }),
      ...controller.files,
    ],
    programs: [program(plan.artifacts[component], { [component]: paths.program })],
    unit: {
      name: `${component}.service`,
      text: renderUnit({
        Unit: {
          Description: controller.description,
          Documentation: `https://kubernetes.io/docs/concepts/architecture/#${component}`,
          After: "kube-apiserver.service",
          StartLimitIntervalSec: "0",
        },
        Service: {
          ExecStart: programLine(paths.program, controller.flags, node.flags[component]),
          ...restarts,
          ...hardening,
        },
      }),
      healthy: `curl --silent --fail --insecure --max-time 5 https://127.0.0.1:${controller.port}/healthz`,
      withinSeconds: 300,
    },
  };
}
