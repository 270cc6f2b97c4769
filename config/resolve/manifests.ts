import { LineCounter, parseAllDocuments, type Tags } from "yaml";
import { quote, shown } from "../../base/wording.ts";
import type { KubernetesObject, ManifestFile } from "../../model/lab.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import { isMapping } from "../messages/salvage.ts";
import { expandPath } from "./keyFile.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/**
 * Reads the manifests in the config, in order, and reports what kubectl would refuse in them.
 *
 * @param namespaces those that the program creates for users
 */
export function resolveManifests(
  entries: readonly string[],
  surroundings: Pick<Surroundings, "home" | "directory" | "read">,
  namespaces: readonly string[],
): Required<Resolved<readonly ManifestFile[]>> {
  const problems: ConfigProblem[] = [];
  const owners = new Map<string, string>();
  const files = entries.map((entry, index): ManifestFile => {
    const { objects, faults } = readManifest(entry, surroundings);
    for (const object of objects) {
      const identity = identityOf(object);
      const owner =
        owners.get(identity) ??
        (isOurs(object, namespaces) ? "the program's own objects" : undefined);
      if (owner !== undefined) {
        faults.push(`has ${titleOf(object)}, which is also in ${shown(owner)}; keep one of them`);
      }
      owners.set(identity, entry);
    }
    problems.push(
      ...faults.map((fault) => problemAt(["manifests", index], `${shown(entry)} ${fault}`)),
    );
    return { path: entry, objects };
  });
  return { value: files, problems };
}

function readManifest(
  entry: string,
  { home, directory, read }: Pick<Surroundings, "home" | "directory" | "read">,
): { objects: KubernetesObject[]; faults: string[] } {
  const file = read(expandPath(entry, home, directory));
  if (file.kind === "none") {
    return { objects: [], faults: [`${file.why}; expected a file of Kubernetes objects in YAML`] };
  }
  const objects: KubernetesObject[] = [];
  const faults: string[] = [];
  const lineCounter = new LineCounter();
  for (const document of documentsOf(file.text, lineCounter)) {
    const lineOf = (offset: number | undefined) => lineCounter.linePos(offset ?? 0).line;
    const [error] = document.errors;
    if (error !== undefined) {
      const [said = ""] = error.message.split(/ at line |:?\n/);
      faults.push(`(line ${lineOf(error.pos[0])}) is not YAML: ${said}`);
      continue;
    }
    const line = lineOf(document.contents?.range[0]);
    let value: unknown;
    try {
      value = document.toJS();
    } catch (unresolved) {
      faults.push(`(line ${line}) is not YAML: ${(unresolved as Error).message}`);
      continue;
    }
    if (value === null) continue;
    for (const item of itemsOf(value)) {
      if (isObject(item)) objects.push(item);
      else {
        faults.push(
          `(line ${line}): expected an object with apiVersion, kind and metadata.name, got ${outlineOf(item)}`,
        );
      }
    }
  }
  const isEmpty = objects.length === 0 && faults.length === 0;
  return {
    objects,
    faults: isEmpty
      ? ["contains no object; remove the file from manifests, or add an object"]
      : faults,
  };
}

/**
 * kubectl reads YAML 1.1, in which 0644 is octal and `on` is a boolean, but without timestamps,
 * which JSON lacks: 10:20:30 stays text.
 */
const documentsOf = (text: string, lineCounter: LineCounter) => {
  const documents = parseAllDocuments(text, {
    lineCounter,
    version: "1.1",
    customTags: (tags): Tags =>
      tags
        .filter((tag) => typeof tag === "string" || !("format" in tag && tag.format === "TIME"))
        .filter((tag) => typeof tag === "string" || !/timestamp|omap|pairs|set$/.test(tag.tag)),
  });
  return Array.isArray(documents) ? documents : [];
};

/** kubectl applies the items of a List. */
const itemsOf = (value: unknown): readonly unknown[] =>
  isMapping(value) && value.kind === "List" && Array.isArray(value.items) ? value.items : [value];

function isObject(value: unknown): value is KubernetesObject {
  return (
    isMapping(value) &&
    [value.apiVersion, value.kind].every((text) => typeof text === "string" && text !== "") &&
    isMapping(value.metadata) &&
    typeof value.metadata.name === "string"
  );
}

/** Shows keys without values, since the object may be a Secret. */
const outlineOf = (value: unknown): string =>
  isMapping(value)
    ? `a mapping with ${Object.keys(value).slice(0, 10).map(shown).join(", ")}`
    : quote(value);

const titleOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): string =>
  shown(`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);

/** Kinds of different groups may share a name; versions of one group show the same object. */
const identityOf = ({ apiVersion, kind, metadata }: KubernetesObject): string => {
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*$/, "") : "";
  return [group, kind, metadata.namespace ?? "default", metadata.name].join(" ");
};

/** Whether the program itself creates this object. */
const isOurs = (
  { kind, metadata: { name, namespace } }: KubernetesObject,
  namespaces: readonly string[],
): boolean =>
  (namespace === "kube-system" && ["coredns", "kube-dns"].includes(name)) ||
  name.startsWith("hardway:") ||
  (namespace === undefined && name === "system:coredns") ||
  (kind === "Namespace" ? ["smoke", ...namespaces].includes(name) : namespace === "smoke");
