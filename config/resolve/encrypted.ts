import type { Keys } from "../messages/problem.ts";
import { isMapping } from "../messages/salvage.ts";

/** Encrypted values of a stack's file. */

/** The value without its encrypted parts. */
export function withoutEncrypted(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((part) => !isEncrypted(part)).map(withoutEncrypted);
  if (!isMapping(value)) return value;
  const plain = Object.entries(value).filter(([, part]) => !isEncrypted(part));
  return Object.fromEntries(plain.map(([key, part]) => [key, withoutEncrypted(part)]));
}

/** Whether a value is one that `pulumi config set --secret` wrote. */
export const isEncrypted = (value: unknown): boolean =>
  isMapping(value) && Object.keys(value).length === 1 && typeof value.secure === "string";

/** The places of encrypted values in a lab, which only the engine can read. */
export function encryptedPlaces(value: unknown, keys: Keys = []): Keys[] {
  if (isEncrypted(value)) return [keys];
  if (Array.isArray(value)) {
    return value.flatMap((part, index) => encryptedPlaces(part, [...keys, index]));
  }
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => encryptedPlaces(part, [...keys, key]));
}
