import type { Changes } from "../rpc/diff.ts";
import type { DiffRequest, DiffResult } from "../rpc/provider.ts";
import { containsUnknown } from "../rpc/value.ts";
import { ApiError } from "./apiClient.ts";
import { fromState } from "./checkpoint.ts";
import type { KubernetesContext } from "./context.ts";
import { forceNewFields, isForced } from "./forceNew.ts";
import { type Manifest, manifestOf, normalized, propertiesOf } from "./manifest.ts";
import { isAutonamed } from "./naming.ts";
import { objectChanges } from "./objectDiff.ts";
import { isNamespacedKind } from "./scope.ts";

/** Time limit of the dry run that checks whether an update is possible. */
const TRIAL_MILLISECONDS = 10_000;

/** The changed fields, and those that require a replacement. */
export async function diffObject(
  request: DiffRequest,
  context: KubernetesContext,
): Promise<DiffResult> {
  const { live, inputs: old, fieldManager } = fromState(request.state);
  const fresh = manifestOf(request.news);
  const isKnown = !containsUnknown(request.news);
  const changes = objectChanges({
    live: propertiesOf(placed(live, live)),
    old: propertiesOf(placed(normalized(old), live)),
    fresh: propertiesOf(placed(isKnown ? normalized(fresh) : fresh, live)),
  });
  if (changes.size === 0) return { changes, replaces: [] };
  const forced = forceNewFields(fresh, {
    isConfigMapMutable: context.config.enableConfigMapMutable,
    isSecretMutable: context.config.enableSecretMutable,
  });
  const byTable = [...changes.keys()].filter((path) => isForced(path, forced));
  const replaces =
    byTable.length > 0 || !isKnown
      ? byTable
      : await refusedChanges(changes, { fresh, fieldManager, context });
  return {
    changes,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && keepsItsName(fresh, live),
  };
}

/** Adds the default namespace, so that naming it makes no difference. */
function placed(object: Manifest, { metadata: { namespace } }: Manifest): Manifest {
  const isNamespaced = isNamespacedKind(object.apiVersion, object.kind) ?? namespace !== undefined;
  const metadata = { ...object.metadata };
  if (isNamespaced) metadata.namespace ??= "default";
  else delete metadata.namespace;
  return { ...object, metadata };
}

/** A user-defined name is free for the new object only after the old one is deleted. */
function keepsItsName(fresh: Manifest, live: Manifest): boolean {
  const { name, namespace } = fresh.metadata;
  return (
    !isAutonamed(fresh) &&
    name === live.metadata.name &&
    (namespace ?? "default") === (live.metadata.namespace ?? "default")
  );
}

/**
 * The changes that the server refuses to make in place, found by a dry run, because the table of
 * fields does not cover every kind. If the server names no fields, all changes count.
 */
async function refusedChanges(
  changes: Changes,
  {
    fresh,
    fieldManager,
    context,
  }: { fresh: Manifest; fieldManager: string; context: KubernetesContext },
): Promise<string[]> {
  try {
    await context.cluster.impatient().apply(fresh, {
      fieldManager,
      isForced: true,
      isDryRun: true,
      signal: AbortSignal.timeout(TRIAL_MILLISECONDS),
    });
    return [];
  } catch (error) {
    // Unreachable, forbidden or invalid: the update reports the error.
    if (!(error instanceof ApiError) || !error.isImmutable) return [];
    const refused = error.causes.flatMap(({ field }) => (field === undefined ? [] : [field]));
    const named = [...changes.keys()].filter((path) => isForced(path, refused));
    return named.length > 0 ? named : [...changes.keys()];
  }
}
