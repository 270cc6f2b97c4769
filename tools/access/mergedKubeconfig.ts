import { isDeepStrictEqual } from "node:util";
import { Document, isMap, isSeq, parse, parseDocument, type YAMLSeq } from "yaml";
import { UserError } from "../../base/errors.ts";

/** The lists of a kubeconfig, and the key of an entry's settings in each. */
const lists = { clusters: "cluster", users: "user", contexts: "context" } as const;
type ListName = keyof typeof lists;

interface Entry {
  readonly name: string;
  readonly [settings: string]: unknown;
}

type Kubeconfig = Readonly<Record<ListName, readonly Entry[]>> & {
  readonly "current-context": string;
};

/**
 * Marks an entry as this program's. Clients keep extensions that they do not know:
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#NamedExtension
 */
const extensionName = "hardway.io";

/**
 * The entries of the user's kubeconfig, like `context dev`, that have the name of one in `ours` but
 * are not the lab's.
 */
export function foreignEntries(text: string, ours: string, lab: string, file: string): string[] {
  const document = readDocument(text, file);
  return entriesOf(ours).flatMap(({ list, entry }) =>
    namesakes(document, list, entry.name, file).some(({ item }) => !isOurs(item, list, entry, lab))
      ? [`${lists[list]} ${entry.name}`]
      : [],
  );
}

/**
 * Merges the entries of `ours` into the user's kubeconfig. Other entries, comments and the current
 * context stay; if there is no current context, the lab's becomes it.
 *
 * @param text empty if there is no file yet
 * @param lab the lab of the entries
 * @param file for messages
 */
export function mergedKubeconfig(text: string, ours: string, lab: string, file: string): string {
  const document = readDocument(text, file);
  for (const { list, entry } of entriesOf(ours)) {
    const settings = { ...(entry[lists[list]] as object), extensions: [markOf(lab)] };
    const node = document.createNode({ name: entry.name, [lists[list]]: settings });
    const [known] = namesakes(document, list, entry.name, file);
    if (known === undefined) listOf(document, list, file).add(node);
    else listOf(document, list, file).set(known.index, node);
  }
  if (!document.get("current-context")) {
    document.set("current-context", (parse(ours) as Kubeconfig)["current-context"]);
  }
  return document.toString({ lineWidth: 0 });
}

const markOf = (lab: string) => ({ name: extensionName, extension: { lab } });

function entriesOf(ours: string): { list: ListName; entry: Entry }[] {
  const config = parse(ours) as Kubeconfig;
  return (Object.keys(lists) as ListName[]).flatMap((list) =>
    config[list].map((entry) => ({ list, entry })),
  );
}

/** Whether an entry is marked with this lab's name, or equal to the lab's entry. */
function isOurs(item: unknown, list: ListName, entry: Entry, lab: string): boolean {
  const theirs = item as Entry;
  const { extensions = [], ...settings } = (theirs[lists[list]] ?? {}) as { extensions?: unknown };
  return (
    (Array.isArray(extensions) && extensions.some((one) => isDeepStrictEqual(one, markOf(lab)))) ||
    isDeepStrictEqual(settings, entry[lists[list]])
  );
}

function namesakes(document: Document, list: ListName, name: string, file: string) {
  const items = listOf(document, list, file).toJSON();
  return items.flatMap((item, index) =>
    typeof item === "object" && item !== null && "name" in item && item.name === name
      ? [{ item, index }]
      : [],
  );
}

/**
 * Returns a list of the document. A missing or empty list is created, so that it is in block style.
 */
function listOf(document: Document, list: ListName, file: string): YAMLSeq {
  const found: unknown = document.get(list);
  if (isSeq(found) && found.items.length > 0) return found;
  if (found !== undefined && found !== null && !isSeq(found)) {
    throw new UserError({
      place: file,
      found: `${list} that is not a list`,
      expected: "a kubeconfig",
      remedy: "repair the file, or set KUBECONFIG to another file",
    });
  }
  const made = document.createNode([]) as YAMLSeq;
  document.set(list, made);
  return made;
}

function readDocument(text: string, file: string): Document {
  const document: Document = parseDocument(text);
  const [error] = document.errors;
  if (error === undefined && document.contents === null) {
    const fresh: Document = new Document({ apiVersion: "v1", kind: "Config" });
    // Keeps the comment of a document that has no other content.
    fresh.commentBefore = document.commentBefore ?? document.comment;
    return fresh;
  }
  if (error === undefined && isMap(document.contents)) return document;
  const why = error?.message.split("\n")[0];
  throw new UserError({
    place: file,
    found: why === undefined ? "not a mapping" : `what is not YAML (${why})`,
    expected: "a kubeconfig",
    remedy: "repair the file, or set KUBECONFIG to another file",
  });
}
