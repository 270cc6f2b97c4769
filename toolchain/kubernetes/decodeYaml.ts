import { parseAllDocuments } from "yaml";
import { isPlainObject, type Properties, type Value } from "../rpc/value.ts";
import { isNamespacedKind } from "./scope.ts";

/**
 * Parses YAML documents for yaml.ConfigFile and yaml.ConfigGroup; skips documents without a kind.
 *
 * @param defaultNamespace the namespace of objects that do not name theirs
 * @throws with the line of the YAML error
 */
export function decodeYaml(text: string, defaultNamespace: string | undefined): Properties[] {
  const objects: Properties[] = [];
  for (const document of parseAllDocuments(text)) {
    const problem = document.errors.at(0);
    if (problem) throw new Error(`YAML: ${problem.message}`);
    const value = document.toJS() as Value;
    if (!isPlainObject(value)) continue;
    const { apiVersion, kind } = value;
    if (typeof apiVersion !== "string" || typeof kind !== "string") continue;
    objects.push(
      inNamespace(
        value,
        (isNamespacedKind(apiVersion, kind) ?? true) ? defaultNamespace : undefined,
      ),
    );
  }
  return objects;
}

function inNamespace(object: Properties, namespace: string | undefined): Properties {
  const metadata = isPlainObject(object.metadata) ? object.metadata : {};
  if (namespace === undefined || metadata.namespace) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}
