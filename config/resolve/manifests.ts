import { LineCounter, parseAllDocuments, type Tags } from "yaml";
import { quote } from "../../base/wording.ts";
import type { KubernetesObject, ManifestFile } from "../../model/lab.ts";
import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import { isMapping } from "../messages/salvage.ts";
import { expandPath } from "./keyFile.ts";
import type { Resolved, Surroundings } from "./surroundings.ts";

/**
 * Every file of objects that the config names, in its order; and whatever kubectl would not take of them.
 *
 * @param namespaces those that the program makes for people
 */
export function resolveManifests(
  entries: readonly string[],
  around: Pick<Surroundings, "home" | "directory" | "read">,
  namespaces: readonly string[],
): Required<Resolved<readonly ManifestFile[]>> {
  const problems: ConfigProblem[] = [];
  const owners = new Map<string, string>();
  const files = entries.map((entry, index): ManifestFile => {
    const { objects, faults } = readManifest(entry, around);
    for (const object of objects) {
      const identity = identityOf(object);
      const owner =
        owners.get(identity) ?? (isOurs(object, namespaces) ? "this program" : undefined);
      if (owner !== undefined) {
        faults.push(`has ${titleOf(object)}, which is ${owner}'s already; keep one`);
      }
      owners.set(identity, entry);
    }
    problems.push(...faults.map((fault) => problemAt(["manifests", index], `${entry} ${fault}`)));
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
      faults.push(`(line ${lineOf(error.pos[0])}) is no YAML: ${said}`);
      continue;
    }
    const line = lineOf(document.contents?.range[0]);
    let value: unknown;
    try {
      value = document.toJS();
    } catch (unresolved) {
      faults.push(`(line ${line}) is no YAML: ${(unresolved as Error).message}`);
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
  return { objects, faults: isEmpty ? ["has no object in it; remove it, or fill it"] : faults };
}

/**
 * As kubectl reads YAML: by 1.1, where 0644 is a file's mode and `on` a truth value, but without times, which JSON does not
 * have: there 10:20:30 stays a text.
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

/** What kubectl makes of a List is what stands in it. */
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

/** Of what may be a Secret, no value is shown. */
const outlineOf = (value: unknown): string =>
  isMapping(value) ? `a mapping with ${Object.keys(value).join(", ")}` : quote(value);

const titleOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** Kinds of two groups may have one name; versions of a group show one object. */
const identityOf = ({ apiVersion, kind, metadata }: KubernetesObject): string => {
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*$/, "") : "";
  return [group, kind, metadata.namespace ?? "default", metadata.name].join(" ");
};

/** What the program itself puts into the cluster. */
const isOurs = (
  { kind, metadata: { name, namespace } }: KubernetesObject,
  namespaces: readonly string[],
): boolean =>
  (namespace === "kube-system" && ["coredns", "kube-dns"].includes(name)) ||
  name.startsWith("hardway:") ||
  (namespace === undefined && name === "system:coredns") ||
  (kind === "Namespace" ? ["smoke", ...namespaces].includes(name) : namespace === "smoke");
