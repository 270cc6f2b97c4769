import * as pulumi from "@pulumi/pulumi";
import { isControlPlane } from "../../model/roles.ts";
import type { PersonPlan } from "../../plan/people.ts";
import { renderKubeconfig } from "../pki/kubeconfig.ts";
import { requestForPerson } from "../pki/personRequest.ts";
import type { Foundation } from "../remote/installComponent.ts";
import type { Machine } from "../remote/machine.ts";
import { step } from "../remote/step.ts";
import { certificateIn, renderPerson, renderRequest, requestPath } from "./renderPerson.ts";

export interface PeopleArgs extends Foundation {
  /** Every API server, and the load balancers in front of them. */
  readonly api: readonly pulumi.Resource[];
  readonly controllerManagers: readonly pulumi.Resource[];
}

/**
 * Every user of the cluster besides its administrator: a key, and a certificate that the cluster's
 * CA signed.
 */
export class People extends pulumi.ComponentResource {
  /** By name, with embedded credentials. Secret; each is known once its certificate is signed. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PeopleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:people:People", name, {}, opts);
    const { plan, machineOf } = args;
    const registrar = plan.nodes.find(isControlPlane);
    const kubeconfigs =
      registrar === undefined
        ? []
        : plan.people.map((person): [string, pulumi.Output<string>] => [
            person.name,
            kubeconfigOf(person, args, machineOf(registrar), this),
          ]);
    this.kubeconfigs = pulumi.secret(pulumi.all(Object.fromEntries(kubeconfigs)));
    this.registerOutputs();
  }
}

function kubeconfigOf(
  person: PersonPlan,
  { plan, authorities, api, controllerManagers }: PeopleArgs,
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
      resourceName: `${person.name}-certificate`,
      identity: keyId,
      files: [{ path: requestPath(person), mode: "644", owner: "root:root", content: request }],
      printsResult: true,
    },
    {
      parent,
      // The request needs an API server, and a controller manager to sign it.
      dependsOn: [...api, ...controllerManagers],
      // The request is deleted with the user; when the whole cluster is deleted, no request needs
      // to be.
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
