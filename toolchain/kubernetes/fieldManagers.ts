import type { Cluster } from "./cluster.ts";
import type { FieldSet, ManagedFields, Manifest } from "./manifest.ts";

/** The field manager of objects that the official plugin creates with a plain POST. */
const CREATOR = "pulumi-kubernetes";

/**
 * Transfers the fields of the object's creator to the manager that applies them from now on.
 * Otherwise server-side apply would keep fields that the program dropped, because the creator still
 * owns them.
 */
export async function takeOverCreation(
  live: Manifest,
  {
    cluster,
    fieldManager,
    signal,
  }: { cluster: Cluster; fieldManager: string; signal: AbortSignal },
): Promise<void> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const taken = takenOver(managedFields, fieldManager);
  if (!taken) return;
  await cluster.patchJson(
    live,
    [
      { op: "replace", path: "/metadata/managedFields", value: taken },
      // If the object was changed in between, this makes the request a conflict instead of a
      // revert.
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ],
    signal,
  );
}

/**
 * The entries, with the creator's merged into the applier's; undefined if there is no creator's.
 */
export function takenOver(
  entries: readonly ManagedFields[],
  fieldManager: string,
): readonly ManagedFields[] | undefined {
  const isCreator = ({ manager, operation, subresource }: ManagedFields) =>
    manager === CREATOR && operation === "Update" && !subresource;
  const creator = entries.find(isCreator);
  if (!creator) return undefined;
  const isApplier = ({ manager, operation }: ManagedFields) =>
    manager === fieldManager && operation === "Apply";
  const applier = entries.find(isApplier);
  const merged = {
    ...creator,
    ...applier,
    manager: fieldManager,
    operation: "Apply",
    fieldsV1: union(creator.fieldsV1 ?? {}, applier?.fieldsV1 ?? {}),
  };
  return [merged, ...entries.filter((entry) => entry !== creator && entry !== applier)];
}

function union(one: FieldSet, other: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = { ...one };
  for (const [field, inner] of Object.entries(other))
    result[field] = union(one[field] ?? {}, inner);
  return result;
}
