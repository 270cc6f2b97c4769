import type { z } from "zod";
import { clusterSchema } from "../schema/clusterSchema.ts";
import { keyHint } from "./hint.ts";
import { type ConfigProblem, type Keys, problemAt } from "./problem.ts";

/** Everything that is wrong with the shape of `hardway:cluster`: each value by itself. */
export function shapeProblems(raw: unknown): ConfigProblem[] {
  const result = clusterSchema.safeParse(raw);
  const problems = result.error?.issues.flatMap((issue) => describe(issue, [])) ?? [];
  // A value can break two bounds of one rule, which has one sentence.
  return [
    ...new Map(problems.map((problem) => [problem.path + problem.message, problem])).values(),
  ];
}

function describe(issue: z.core.$ZodIssue, parent: Keys): ConfigProblem[] {
  const keys = [...parent, ...(issue.path as Keys)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => problemAt([...keys, key], `unknown key${keyHint(keys, key)}`));
  }
  if (issue.code === "invalid_union") {
    // Of the forms that a value can have, the one whose kind it is: its parts are wrong, not itself.
    const form = issue.errors.find((issues) =>
      issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"),
    );
    if (form !== undefined) {
      return form.flatMap((inner) => describe(inner, keys));
    }
  }
  return [problemAt(keys, issue.message)];
}
