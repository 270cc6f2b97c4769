import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Keys } from "./problem.ts";

/**
 * Tells on which line of the stack's config file a place of `hardway:cluster` stands, or the nearest mapping around it
 * if it is not there. Says nothing where the engine read something else (another file, a secret in the mapping).
 */
export function lineFinder(
  text: string | undefined,
  raw: unknown,
): (keys: Keys) => number | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text ?? "", { lineCounter: counter });
  const place = ["config", "hardway:cluster"];
  const found: unknown = document.errors.length === 0 ? document.toJS() : undefined;
  const read = (found as { config?: Record<string, unknown> } | null | undefined)?.config;
  if (!isDeepStrictEqual(read?.["hardway:cluster"] ?? null, raw ?? null)) {
    return () => undefined;
  }
  return (keys) => {
    const offset = offsetOf(document.contents, [...place, ...keys]);
    return offset === undefined ? undefined : counter.linePos(offset).line;
  };
}

/** Where the key stands that leads to this place; of the deepest that is there. */
function offsetOf(root: Node | null, keys: Keys): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(key));
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
