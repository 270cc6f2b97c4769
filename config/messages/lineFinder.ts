import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Keys } from "./problem.ts";

/**
 * Returns a function that finds the line of a key of `hardway:cluster` in the stack's config file,
 * or of the nearest mapping around it if the key is missing. It returns undefined if the engine
 * read something else (another file, an encrypted value).
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

/** The offset of the key at this place, or of the deepest existing key on the way to it. */
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
