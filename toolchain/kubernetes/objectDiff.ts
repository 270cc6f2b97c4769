import type { ChangeKind, Changes } from "../rpc/diff.ts";
import { areEqual } from "../rpc/diff.ts";
import { isArray, isPlainObject, isUnknown, type Properties, type Value } from "../rpc/value.ts";
import { isSameQuantity } from "./quantity.ts";

/** One field of an object, in three versions. */
interface Sides {
  /** The server's value; undefined if it has none. */
  readonly live: Value | undefined;
  /** The value in the old inputs. */
  readonly old: Value | undefined;
  /** The value in the new inputs. */
  readonly fresh: Value | undefined;
}

/**
 * The changes that make an object match its new inputs. Only fields of the old or new inputs count:
 * all others belong to the server or to other clients.
 *
 * The new inputs are compared with the live object, not with the old inputs, to find drift.
 * Equivalent forms are equal: `"1000m"` and `"1"` of CPU, and an empty or zero value that the
 * server dropped.
 */
export function objectChanges(sides: {
  live: Properties;
  old: Properties;
  fresh: Properties;
}): Changes {
  const changes = new Map<string, ChangeKind>();
  compareObjects("", sides, changes);
  return changes;
}

function compare(path: string, sides: Sides, changes: Map<string, ChangeKind>): void {
  const { live, old, fresh } = sides;
  const isLive = live !== undefined && live !== null;
  if (fresh === undefined || fresh === null) {
    // Removed from the inputs: deleted if the old inputs had it, otherwise ignored.
    if (isLive && old !== undefined && old !== null) changes.set(path, "delete");
  } else if (isUnknown(fresh)) {
    changes.set(path, isLive ? "update" : "add");
  } else if (!isLive) {
    // The server dropped this value of the old inputs as meaningless; elsewhere `false` or 0 may
    // matter.
    const isLeftOut = isZero(fresh) && areEqual(old, fresh);
    if (!isLeftOut) changes.set(path, "add");
  } else if (isPlainObject(live) && isPlainObject(fresh)) {
    compareObjects(path, { live, old: isPlainObject(old) ? old : {}, fresh }, changes);
  } else if (isArray(live) && isArray(fresh)) {
    compareArrays(path, { live, old: isArray(old) ? old : [], fresh }, changes);
  } else if (live !== fresh && !isSameQuantity(path, live, fresh)) {
    changes.set(path, "update");
  }
}

function compareObjects(
  path: string,
  { live, old, fresh }: { live: Properties; old: Properties; fresh: Properties },
  changes: Map<string, ChangeKind>,
): void {
  for (const name of new Set([...Object.keys(fresh), ...Object.keys(old)])) {
    compare(child(path, name), { live: live[name], old: old[name], fresh: fresh[name] }, changes);
  }
}

type List = readonly Value[];

function compareArrays(
  path: string,
  { live, old, fresh }: { live: List; old: List; fresh: List },
  changes: Map<string, ChangeKind>,
): void {
  const ordered = inOrderOf(fresh, live);
  // Other clients added the elements that the inputs do not have.
  const owned = ordered.slice(0, Math.max(old.length, fresh.length));
  const oldOrdered = inOrderOf(fresh, old);
  for (let index = 0; index < Math.max(owned.length, fresh.length); index++) {
    const element = `${path}[${index}]`;
    if (index >= fresh.length) changes.set(element, "delete");
    else
      compare(
        element,
        { live: owned[index], old: oldOrdered[index], fresh: fresh[index] },
        changes,
      );
  }
}

/** The list in the order of the reference's named elements; the server may use another order. */
function inOrderOf(reference: List, list: List): List {
  const names = reference.map(nameOf);
  if (names.includes(undefined) || list.some((element) => nameOf(element) === undefined))
    return list;
  const byName = new Map(list.map((element) => [nameOf(element), element]));
  if (!names.every((name) => byName.has(name))) return list;
  return [
    ...names.map((name) => byName.get(name) ?? null),
    ...list.filter((element) => !names.includes(nameOf(element))),
  ];
}

function nameOf(value: Value): string | undefined {
  return isPlainObject(value) && typeof value.name === "string" ? value.name : undefined;
}

/** True for values that the API omits when it serializes an object. */
export function isZero(value: Value): boolean {
  if (isArray(value)) return value.length === 0;
  if (isPlainObject(value)) return Object.values(value).every(isZero);
  return value === null || value === "" || value === 0 || value === false;
}

function child(path: string, name: string): string {
  if (/[."[\]/]/.test(name)) return `${path}["${name.replaceAll('"', '\\"')}"]`;
  return path === "" ? name : `${path}.${name}`;
}
