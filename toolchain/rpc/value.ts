/**
 * A property value in its wire form: JSON, in which secrets, assets and archives are objects with a
 * signature, and unknown values are reserved strings. Values that are only passed on keep these
 * envelopes.
 * Source: https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/plugin/rpc.go
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [name: string]: Value };

/** The inputs or outputs of a resource. */
export type Properties = { readonly [name: string]: Value };

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** A value that a preview cannot know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** For an unknown value of a known type, the engine writes the type's reserved string. */
const unknowns = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export function isUnknown(value: Value | undefined): boolean {
  return typeof value === "string" && unknowns.has(value);
}

/** True for an ordinary object: not an array, not an envelope. */
export function isPlainObject(value: Value | undefined): value is Properties {
  return isObject(value) && !(SIGNATURE in value);
}

export function isSecret(value: Value | undefined): value is { readonly value: Value } {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

export function isAsset(value: Value | undefined): value is Asset {
  return isObject(value) && value[SIGNATURE] === ASSET;
}

export function isArchive(value: Value | undefined): value is Asset {
  return isObject(value) && value[SIGNATURE] === ARCHIVE;
}

/** A file, text or archive; the engine sets `hash` (sha256, hex) before it sends one. */
export interface Asset {
  readonly [name: string]: Value;
  readonly hash: string;
}

/** Wraps a value so that the engine encrypts it and prints `[secret]`; a secret stays unchanged. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/**
 * The value without secret envelopes, at every depth. The result must not reach a log or an error.
 */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(value.value);
  if (isArray(value)) return value.map(reveal);
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, reveal(inner)]));
  }
  return value;
}

/** True if the value, or a part of it, is unknown. */
export function containsUnknown(value: Value | undefined): boolean {
  if (isUnknown(value)) return true;
  if (isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

/** `Array.isArray` that also narrows a readonly array. */
export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
