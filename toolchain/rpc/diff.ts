import {
  type Asset,
  isArchive,
  isArray,
  isAsset,
  isPlainObject,
  isSecret,
  type Properties,
  type Value,
} from "./value.ts";

export type ChangeKind = "add" | "delete" | "update";

/**
 * The changes, by property path as the engine writes it: `connection`, `triggers[0]`,
 * `data["a.b"]`.
 */
export type Changes = ReadonlyMap<string, ChangeKind>;

/**
 * Compares old and new inputs as the engine's object diff does: a missing property equals null, a
 * secret is compared as a whole and differs from the same value in plain text, an unknown differs
 * from every known value, and assets are equal if their hashes are.
 */
export function changesBetween(olds: Properties, news: Properties): Changes {
  const changes = new Map<string, ChangeKind>();
  compareObjects("", olds, news, changes);
  return changes;
}

/** The name of the top-level property that a path belongs to. */
export function rootOf(path: string): string {
  const quoted = /^\["((?:[^"\\]|\\.)*)"\]/.exec(path);
  if (quoted?.[1] !== undefined) return quoted[1].replaceAll('\\"', '"');
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

/** True if the engine treats both as equal. */
export function areEqual(old: Value | undefined, fresh: Value | undefined): boolean {
  const changes = new Map<string, ChangeKind>();
  compare("", old ?? null, fresh ?? null, changes);
  return changes.size === 0;
}

function compareObjects(
  path: string,
  olds: Properties,
  news: Properties,
  changes: Map<string, ChangeKind>,
): void {
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    compare(child(path, name), olds[name] ?? null, news[name] ?? null, changes);
  }
}

function compare(path: string, old: Value, fresh: Value, changes: Map<string, ChangeKind>): void {
  if (old === fresh) return;
  if (old === null) {
    changes.set(path, "add");
  } else if (fresh === null) {
    changes.set(path, "delete");
  } else if (isSecret(old) && isSecret(fresh)) {
    if (!areEqual(old.value, fresh.value)) changes.set(path, "update");
  } else if (isArray(old) && isArray(fresh)) {
    compareArrays(path, old, fresh, changes);
  } else if (isPlainObject(old) && isPlainObject(fresh)) {
    compareObjects(path, old, fresh, changes);
  } else if (!isSameAsset(old, fresh)) {
    changes.set(path, "update");
  }
}

/** An element that one of the arrays lacks is added or removed, even if its value is null. */
function compareArrays(
  path: string,
  old: readonly Value[],
  fresh: readonly Value[],
  changes: Map<string, ChangeKind>,
): void {
  for (let index = 0; index < Math.max(old.length, fresh.length); index++) {
    const element = `${path}[${index}]`;
    if (index >= old.length) changes.set(element, "add");
    else if (index >= fresh.length) changes.set(element, "delete");
    else compare(element, old[index] ?? null, fresh[index] ?? null, changes);
  }
}

function isSameAsset(old: Value, fresh: Value): boolean {
  if (isAsset(old) && isAsset(fresh)) return sameHash(old, fresh);
  if (isArchive(old) && isArchive(fresh)) return sameHash(old, fresh);
  return false;
}

function sameHash(old: Asset, fresh: Asset): boolean {
  return old.hash === fresh.hash;
}

function child(path: string, name: string): string {
  if (!/^\w+$/.test(name)) return `${path}["${name.replaceAll('"', '\\"')}"]`;
  return path === "" ? name : `${path}.${name}`;
}
