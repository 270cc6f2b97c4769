import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { issueIdentity, pemFile } from "../pki/identity.ts";
import {
  clusterAuthorityKeyPath,
  clusterAuthorityPath,
  frontProxyAuthorityPath,
  serviceAccountKeyPath,
} from "../pki/paths.ts";
import type { SecretFile, StepScript } from "../remote/script.ts";
import { step } from "../remote/step.ts";
import type { ApiServers } from "./apiServers.ts";
import { controllerManagerPaths, schedulerPaths } from "./paths.ts";
import { renderControllerManager, renderScheduler } from "./renderControllers.ts";

export interface ControllersArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly apiServers: ApiServers;
}

/** kube-controller-manager on every control plane; one of them leads. */
export class ControllerManagers extends pulumi.ComponentResource {
  readonly steps: readonly command.remote.Command[];

  constructor(name: string, args: ControllersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:controlplane:ControllerManagers", name, {}, opts);
    this.steps = installControllers(args, this, {
      name: "kube-controller-manager",
      render: renderControllerManager,
      user: "system:kube-controller-manager",
      paths: controllerManagerPaths,
      // It signs certificates that are asked for through the API, and service accounts' tokens.
      files: [
        pemFile(clusterAuthorityKeyPath, args.authorities.cluster.keyPem),
        pemFile(serviceAccountKeyPath, args.authorities.serviceAccountKey),
      ],
    });
    this.registerOutputs();
  }
}

/** kube-scheduler on every control plane; one of them leads. */
export class Schedulers extends pulumi.ComponentResource {
  readonly steps: readonly command.remote.Command[];

  constructor(name: string, args: ControllersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:controlplane:Schedulers", name, {}, opts);
    this.steps = installControllers(args, this, {
      name: "kube-scheduler",
      render: renderScheduler,
      user: "system:kube-scheduler",
      paths: schedulerPaths,
      files: [],
    });
    this.registerOutputs();
  }
}

interface Controller {
  readonly name: string;
  readonly render: (plan: ClusterPlan, node: NodePlan) => StepScript;
  readonly user: string;
  readonly paths: { readonly cert: string; readonly key: string };
  readonly files: readonly SecretFile<pulumi.Output<string>>[];
}

function installControllers(
  { plan, hosts, authorities, apiServers }: ControllersArgs,
  parent: pulumi.Resource,
  { name, render, user, paths, files }: Controller,
): command.remote.Command[] {
  return plan.nodes.filter(isControlPlane).map((node) => {
    const { machine } = hosts.of(node);
    const identity = issueIdentity(
      `${node.name}-${name}`,
      { plan, commonName: user, signers: [{ authority: authorities.cluster, uses: ["client"] }] },
      { parent },
    );
    const [certPem = identity.keyPem] = identity.certPems;
    // Without the API server beside it, it would exit and be started again until there is one.
    const apiServer = apiServers.byNode.get(node.name);
    const dependsOn = apiServer === undefined ? [] : [apiServer];
    return step(
      {
        machine,
        script: render(plan, node),
        files: [
          pemFile(clusterAuthorityPath, authorities.cluster.certPem, "644"),
          pemFile(frontProxyAuthorityPath, authorities.frontProxy.certPem, "644"),
          pemFile(paths.cert, certPem, "644"),
          pemFile(paths.key, identity.keyPem),
          ...files,
        ],
      },
      { parent, dependsOn },
    );
  });
}
