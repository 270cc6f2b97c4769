import type { z } from "zod";
import { clusterSchema } from "../schema/clusterSchema.ts";
import { keyHint } from "./hint.ts";
import { type ConfigProblem, type Keys, problemAt } from "./problem.ts";

/** All schema errors of `hardway:cluster`. Rules between values are checked in `rules/`. */
export function shapeProblems(raw: unknown): ConfigProblem[] {
  const result = clusterSchema.safeParse(raw);
  const problems = result.error?.issues.flatMap((issue) => describe(issue, [])) ?? [];
  // One value can violate two bounds that share one message.
  return [
    ...new Map(problems.map((problem) => [problem.path + problem.message, problem])).values(),
  ];
}

/** Hints for one mapping: a hint takes a millisecond, and few problems are printed. */
const mostHints = 50;

function describe(issue: z.core.$ZodIssue, parent: Keys): ConfigProblem[] {
  const keys = [...parent, ...(issue.path as Keys)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key, index) =>
      problemAt([...keys, key], `unknown key${index < mostHints ? keyHint(keys, key) : ""}`),
    );
  }
  if (issue.code === "invalid_union") {
    // Report the errors inside the union member that matches the value's kind, not the union's own.
    const form = issue.errors.find((issues) =>
      issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"),
    );
    if (form !== undefined) {
      return form.flatMap((inner) => describe(inner, keys));
    }
  }
  return [problemAt(keys, isSecretPlace(keys) ? withoutValue(issue.message) : issue.message)];
}

/** A password under such a name is any text, so its form does not show that it is one. */
const isSecretPlace = (keys: Keys): boolean =>
  keys.some((key) =>
    /^(.*[-_.])?(pass(word|wd|phrase)?|secret|token|credential|private_?key)s?$/i.test(String(key)),
  );

const withoutValue = (message: string): string =>
  message.replace(/, got [\s\S]*$/, ", got a value that is not shown");
