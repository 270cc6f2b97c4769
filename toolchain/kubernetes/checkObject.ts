import type { CheckFailure, CheckRequest } from "../rpc/provider.ts";
import { containsUnknown, isPlainObject, type Properties } from "../rpc/value.ts";
import type { KubernetesContext } from "./context.ts";
import { type Manifest, manifestOf, normalized, propertiesOf, withSecretsOf } from "./manifest.ts";
import { withName } from "./naming.ts";
import { isNamespacedKind } from "./scope.ts";

/**
 * Inputs as the official plugin returns them: with a name and a namespace, in the form that the server keeps.
 *
 * @param context undefined where the provider's own configuration is not known yet
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
      "is not supported with server-side apply; give a name, or none at all",
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
        reason: `${type}: hardway's own kubernetes plugin does not serve Patch resources`,
      },
    ];
  }
  if (type.startsWith("kubernetes:helm.sh") || type.startsWith("kubernetes:kustomize")) {
    return [
      {
        property: "",
        reason: `${type}: hardway's own kubernetes plugin does not serve Helm and Kustomize`,
      },
    ];
  }
  if (kind.endsWith("List") && Array.isArray(news.items)) {
    return [
      { property: "", reason: `${type}: a list is not an object of its own; declare its items` },
    ];
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

/** A kind whose definition is not there yet, or whose cluster cannot be asked, is taken to have namespaces. */
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
