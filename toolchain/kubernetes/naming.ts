import { createHash, randomBytes } from "node:crypto";
import { isPlainObject, isUnknown, type Value } from "../rpc/value.ts";
import { annotation, type Manifest } from "./manifest.ts";

const AUTONAMED = "pulumi.com/autonamed";

/** True if the name is set, or will be: an unknown name counts. */
function isNamed({ metadata }: Manifest): boolean {
  const name = metadata.name as Value | undefined;
  return isUnknown(metadata as Value) || (name !== undefined && name !== "" && name !== null);
}

export function isAutonamed(manifest: Manifest): boolean {
  return annotation(manifest, AUTONAMED) === "true";
}

/**
 * Adds a name: the given one, the one generated before, or `<resource name>-<8 hexadecimal
 * digits>`.
 *
 * @param seed the engine's, equal in a preview and in the update after it
 */
export function withName(
  manifest: Manifest,
  { old, resourceName, seed }: { old: Manifest; resourceName: string; seed: Uint8Array },
): Manifest {
  if (isNamed(manifest)) return manifest;
  if (isAutonamed(old) && old.metadata.name !== undefined)
    return autonamed(manifest, old.metadata.name);
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return autonamed(manifest, `${resourceName}-${bytes.toString("hex").slice(0, 8)}`);
}

function autonamed(manifest: Manifest, name: string): Manifest {
  const { metadata } = manifest;
  const annotations = metadata.annotations as Value | undefined;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name,
      annotations: { ...(isPlainObject(annotations) ? annotations : {}), [AUTONAMED]: "true" },
    },
  };
}

/** Generates a name for a resource's field manager. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
