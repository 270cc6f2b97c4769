import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isMap,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { Keys } from "./problem.ts";

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Returns a function that finds a key of `hardway:cluster` in the stack's config file, or the
 * nearest mapping around it if the key is missing. It returns undefined if the engine read
 * something else (another file, an encrypted value).
 */
export function positionFinder(
  text: string | undefined,
  raw: unknown,
): (keys: Keys) => Position | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text ?? "", { lineCounter: counter, logLevel: "error" });
  const place = ["config", "hardway:cluster"];
  if (!isReadFrom(document, raw)) return () => undefined;
  const pairsOf = rememberPairs();
  return (keys) => {
    const offset = offsetOf(document.contents, [...place, ...keys], pairsOf);
    if (offset === undefined) return undefined;
    const { line, col: column } = counter.linePos(offset);
    return { line, column };
  };
}

/** As `positionFinder`, for lines alone. */
export function lineFinder(
  text: string | undefined,
  raw: unknown,
): (keys: Keys) => number | undefined {
  const positionOf = positionFinder(text, raw);
  return (keys) => positionOf(keys)?.line;
}

/** Whether the engine read `hardway:cluster` from this document. */
function isReadFrom(document: Document, raw: unknown): boolean {
  try {
    const found: unknown = document.errors.length === 0 ? document.toJS() : undefined;
    const config = (found as { config?: Record<string, unknown> | null } | null | undefined)
      ?.config;
    return isDeepStrictEqual(config?.["hardway:cluster"] ?? null, raw ?? null);
  } catch {
    // An alias without its anchor, or too many levels.
    return false;
  }
}

/** The offset of the key at this place, or of the deepest existing key on the way to it. */
function offsetOf(root: Node | null, keys: Keys, pairsOf: PairsOf): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = pairsOf(node).get(String(key));
      if (pair === undefined) {
        return offset;
      }
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

type PairsOf = (map: YAMLMap) => ReadonlyMap<string, Pair>;

/** Looks a mapping's pairs up by key: a search for each of many problems would be quadratic. */
function rememberPairs(): PairsOf {
  const known = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  return (map) => {
    const found = known.get(map) ?? new Map(map.items.map((pair) => [String(pair.key), pair]));
    known.set(map, found);
    return found;
  };
}
