import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { clusterProblems } from "../../../config/resolve/parseCluster.ts";

/** A cluster of one node that breaks no rule; a row's own top-level keys stand over these. */
const base = { nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } } };

interface Row {
  readonly title: string;
  /** As a person would write it under `hardway:cluster`; with ! before it, without the base. */
  readonly yaml: string;
  /** Every line of the error, verbatim. */
  readonly problems: readonly string[];
}

/** Proves what a person reads for each mistake: all of it, and nothing besides. */
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
