import type { ChangeKind, Changes } from "../rpc/diff.ts";
import { areEqual } from "../rpc/diff.ts";
import { isArray, isPlainObject, isUnknown, type Properties, type Value } from "../rpc/value.ts";
import { isSameQuantity } from "./quantity.ts";

/** One place in an object, as three sides see it. */
interface Sides {
  /** What the server had last; undefined where it has nothing. */
  readonly live: Value | undefined;
  /** What was asked for last. */
  readonly old: Value | undefined;
  /** What is asked for now. */
  readonly fresh: Value | undefined;
}

/**
 * What has to change for an object to be what its new inputs say. Only fields that the old or the new inputs name
 * are looked at: all others belong to the server or to somebody else.
 *
 * Compared with the live object, not the old inputs, so that what others changed is found. Forms that mean the same
 * are equal: `"1000m"` and `"1"` of CPU, an empty or zero value and none where the server was asked for it and keeps none.
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
    // Left out of the inputs: gone if it was ours, of no interest if not.
    if (isLive && old !== undefined && old !== null) changes.set(path, "delete");
  } else if (isUnknown(fresh)) {
    changes.set(path, isLive ? "update" : "add");
  } else if (!isLive) {
    // Asked for before, the server left it out because it means nothing there; otherwise `false` or 0 may mean much.
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
  // Elements beyond those that were asked for were added by others.
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

/** The list with its named elements where the reference has those names; the server may keep another order. */
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

/** Values that the API leaves out when it writes an object. */
export function isZero(value: Value): boolean {
  if (isArray(value)) return value.length === 0;
  if (isPlainObject(value)) return Object.values(value).every(isZero);
  return value === null || value === "" || value === 0 || value === false;
}

function child(path: string, name: string): string {
  if (/[."[\]/]/.test(name)) return `${path}["${name.replaceAll('"', '\\"')}"]`;
  return path === "" ? name : `${path}.${name}`;
}
