import { type DocumentOptions, type SchemaOptions, stringify, type ToStringOptions } from "yaml";

/**
 * As programs on nodes read it: cloud-init, and everything written in Go, know YAML 1.1. There a node `on` is a truth value and
 * an address 52:54:00:12:34:56 a number to the base of 60, unless they are quoted.
 */
export function nodeYaml(value: unknown, options: ToStringOptions = {}): string {
  const version: DocumentOptions & SchemaOptions = { version: "1.1" };
  return stringify(value, { ...version, ...options });
}
