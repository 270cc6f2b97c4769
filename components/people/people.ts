import * as pulumi from "@pulumi/pulumi";
import { isControlPlane } from "../../model/roles.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";
import type { PersonPlan } from "../../plan/people.ts";
import type { ApiServers } from "../controlplane/apiServers.ts";
import type { ControllerManagers } from "../controlplane/controllers.ts";
import type { Hosts } from "../os/operatingSystems.ts";
import type { Authorities } from "../pki/authorities.ts";
import { pemFile } from "../pki/identity.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { requestForPerson } from "../pki/personRequest.ts";
import type { Machine } from "../remote/machine.ts";
import { step } from "../remote/step.ts";
import { certificateIn, renderPerson, renderRequest, requestPath } from "./renderPerson.ts";

export interface PeopleArgs {
  readonly plan: ClusterPlan;
  readonly hosts: Hosts;
  readonly authorities: Authorities;
  readonly apiServers: ApiServers;
  readonly controllerManagers: ControllerManagers;
}

/** Everybody who uses the cluster besides its administrator: a key, and a certificate that the cluster itself signed. */
export class People extends pulumi.ComponentResource {
  /** By name, credentials inside. Secret; each is known once its certificate is signed. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PeopleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:people:People", name, {}, opts);
    const { plan, hosts } = args;
    const registrar = plan.nodes.find(isControlPlane);
    const kubeconfigs =
      registrar === undefined
        ? []
        : plan.people.map((person): [string, pulumi.Output<string>] => [
            person.name,
            kubeconfigOf(person, args, hosts.of(registrar).machine, this),
          ]);
    this.kubeconfigs = pulumi.secret(pulumi.all(Object.fromEntries(kubeconfigs)));
    this.registerOutputs();
  }
}

function kubeconfigOf(
  person: PersonPlan,
  { plan, authorities, apiServers, controllerManagers }: PeopleArgs,
  machine: Machine,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { keyPem, keyId, requestPem, termBegan } = requestForPerson(person, { parent });
  const request = pulumi
    .all([requestPem, termBegan])
    .apply(([pem, began]) => renderRequest(person, pem, began));
  const signed = step(
    {
      machine,
      script: renderPerson(person),
      about: { name: `${person.name}-certificate`, identity: keyId },
      files: [pemFile(requestPath(person), request, "644")],
      printsResult: true,
    },
    {
      parent,
      // Without an API server there is nobody to ask, without a controller manager nobody who signs.
      dependsOn: [...apiServers.reachable, ...controllerManagers.steps],
      // The request goes with the person; when the whole cluster goes there is nothing to take it from.
      deletedWith: authorities.lifetime,
    },
  );
  const user = `${person.name}@${plan.name}`;
  const text = pulumi
    .all([authorities.cluster.certPem, signed.stdout, keyPem])
    .apply(([authority, printed, key]) =>
      renderKubeconfig({
        cluster: plan.name,
        server: plan.api.url,
        user,
        context: user,
        ...(person.namespace === undefined ? {} : { namespace: person.namespace }),
        credentials: { authority, cert: certificateIn(printed, person), key },
      }),
    );
  return pulumi.secret(text);
}
