import { type DocumentOptions, type SchemaOptions, stringify, type ToStringOptions } from "yaml";

/**
 * YAML for programs on nodes. cloud-init and programs in Go read YAML 1.1, in which an unquoted
 * node name `on` is a boolean and 52:54:00:12:34:56 a number to base 60.
 */
export function nodeYaml(value: unknown, options: ToStringOptions = {}): string {
  const version: DocumentOptions & SchemaOptions = { version: "1.1" };
  // Equal values are written out: a program need not know anchors.
  return stringify(value, { ...version, aliasDuplicateObjects: false, ...options });
}
