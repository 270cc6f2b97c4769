import type { CheckFailure, CheckRequest } from "../rpc/provider.ts";
import { containsUnknown, isPlainObject, type Properties } from "../rpc/value.ts";
import type { KubernetesContext } from "./context.ts";
import { type Manifest, manifestOf, normalized, propertiesOf, withSecretsOf } from "./manifest.ts";
import { withName } from "./naming.ts";
import { isNamespacedKind } from "./scope.ts";

/**
 * Inputs as the official plugin returns them: with a name and a namespace, in the server's form.
 *
 * @param context undefined if the provider's configuration is not known yet
 */
export async function checkObject(
  request: CheckRequest,
  context: KubernetesContext | undefined,
): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }> {
  const failures = typeFailures(request);
  if (failures.length > 0) return { inputs: request.news, failures };
  const given = manifestOf(request.news);
  const failure = (property: string, reason: string) => ({
    inputs: request.news,
    failures: [{ property, reason }],
  });
  if (given.apiVersion === "" || given.kind === "") {
    return failure("kind", "expected apiVersion and kind, found none");
  }
  if (given.metadata.generateName !== undefined && given.metadata.name === undefined) {
    return failure(
      "metadata.generateName",
      "is not supported with server-side apply; set name, or neither",
    );
  }
  const isKnown = !containsUnknown(propertiesOf(given));
  const named = withName(isKnown ? normalized(given) : given, {
    old: manifestOf(request.olds),
    resourceName: request.name,
    seed: request.randomSeed,
  });
  const placed = context ? await inDefaultNamespace(named, context) : named;
  return { inputs: withSecretsOf(propertiesOf(placed), request.news), failures: [] };
}

function typeFailures({ type, news }: CheckRequest): CheckFailure[] {
  const kind = type.split(":").at(-1) ?? "";
  if (kind.endsWith("Patch") && news.kind !== kind) {
    return [
      {
        property: "",
        reason: `${type}: hardway's kubernetes plugin does not support Patch resources`,
      },
    ];
  }
  if (type.startsWith("kubernetes:helm.sh") || type.startsWith("kubernetes:kustomize")) {
    return [
      {
        property: "",
        reason: `${type}: hardway's kubernetes plugin does not support Helm and Kustomize`,
      },
    ];
  }
  if (kind.endsWith("List") && Array.isArray(news.items)) {
    return [{ property: "", reason: `${type}: a list is not an object; declare its items` }];
  }
  return [];
}

async function inDefaultNamespace(object: Manifest, context: KubernetesContext): Promise<Manifest> {
  const { metadata, apiVersion, kind } = object;
  if (metadata.namespace !== undefined || !isPlainObject(metadata as Properties)) return object;
  const isNamespaced =
    isNamespacedKind(apiVersion, kind) ?? (await isNamespacedThere(object, context));
  if (!isNamespaced) return object;
  return { ...object, metadata: { ...metadata, namespace: context.defaultNamespace } };
}

/** True for a kind that is not defined yet, and if the cluster cannot be reached. */
async function isNamespacedThere(
  object: Manifest,
  { cluster }: KubernetesContext,
): Promise<boolean> {
  try {
    return await cluster.isNamespaced(object, AbortSignal.timeout(5_000));
  } catch {
    return true;
  }
}
