import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject, ManifestFile } from "../../model/lab.ts";

/**
 * User-defined objects, file by file: a file's objects wait until the provider considers those of
 * the previous file ready. Inside a file, namespaces and CustomResourceDefinitions come first.
 */
export class OwnManifests extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: { readonly files: readonly ManifestFile[]; readonly after: readonly pulumi.Resource[] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super("hardway:addons:OwnManifests", name, {}, { parent: opts.parent });
    let before = args.after;
    for (const { objects } of args.files) {
      const make = (object: KubernetesObject, dependsOn: readonly pulumi.Resource[]) =>
        new OwnObject(object, { ...opts, parent: this, dependsOn: [...dependsOn] });
      const first = objects.filter(isGround).map((object) => make(object, before));
      const others = objects
        .filter((object) => !isGround(object))
        .map((object) => make(object, [...before, ...first]));
      before = [...first, ...others];
    }
    this.registerOutputs();
  }
}

/** Kinds that other objects of the same file depend on. */
const isGround = ({ kind }: KubernetesObject): boolean =>
  ["Namespace", "CustomResourceDefinition"].includes(kind);

/** An object of any kind, under the type that the provider's own SDK gives it. */
class OwnObject extends pulumi.CustomResource {
  constructor(object: KubernetesObject, opts: pulumi.CustomResourceOptions) {
    const { apiVersion, kind, metadata } = object;
    const group = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    const name =
      metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    const secrets = kind === "Secret" ? ["data", "stringData"] : [];
    const inputs = Object.entries(object)
      // Generated manifests often have an empty status; only the cluster writes it.
      .filter(([key]) => key !== "status")
      .map(([key, value]: [string, unknown]): [string, pulumi.Input<unknown>] => [
        key,
        secrets.includes(key) ? pulumi.secret(value) : value,
      ]);
    super(`kubernetes:${group}:${kind}`, name, Object.fromEntries(inputs), {
      ...opts,
      additionalSecretOutputs: secrets,
    });
  }
}
