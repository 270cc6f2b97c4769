import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";

/** A valid cluster of one node; a row's top-level keys override it. */
const base = { nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } } };

interface Row {
  readonly title: string;
  /** The text under `hardway:cluster`; with ! before it, without the base. */
  readonly yaml: string;
  /** Every line of the error, verbatim. */
  readonly problems: readonly string[];
}

/** Checks the complete text of each error. */
export function describeProblems(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)("$title", ({ yaml, problems }) => {
      const whole = yaml.trim().startsWith("!");
      const raw: unknown = whole
        ? parse(yaml.replace("!", ""))
        : { ...base, ...(parse(yaml) as object) };
      expect(clusterProblems(raw).map(({ path, message }) => `${path}: ${message}`)).toEqual(
        problems,
      );
    });
  });
}
