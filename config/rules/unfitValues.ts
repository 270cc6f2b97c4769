import { secretIn } from "../../base/secrets.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";

/** A config without the parts that no other check reads, and a problem for each such part. */
export interface FitConfig {
  readonly value: unknown;
  /** With secrets in plain text: the schema may have a better message about them. */
  readonly withSecrets: unknown;
  readonly problems: readonly ConfigProblem[];
}

/** Whether the stack's file has this text unencrypted at this place. */
export type IsPlain = (keys: Keys, text: string) => boolean;

/** The schema's deepest place is a file's content on a node; kubelet settings are not deeper. */
const deepest = 16;

/** In characters: no pattern of the schema takes noticeable time on a text of this length. */
const longestText = 4096;

/** In characters: whole files and bundles of certificates. */
const longestContent = 256 * 1024;

/**
 * Removes what the checks cannot handle or must not show: secrets in plain text, very long texts,
 * deep nesting, kinds of values that JSON lacks, and a key that JavaScript reads as a prototype.
 */
export function fitConfig(raw: unknown, isPlain: IsPlain): FitConfig {
  const problems: ConfigProblem[] = [];
  const report = (keys: Keys, message: string) => problems.push(problemAt(keys, message));
  const withSecrets = fitted(raw, [], { report, textFault: lengthFaultOf });
  const secretFault = (text: string, keys: Keys) => secretFaultOf(text, keys, isPlain);
  const value = fitted(withSecrets, [], { report, textFault: secretFault });
  return { value, withSecrets, problems };
}

interface Fitting {
  readonly report: (keys: Keys, message: string) => void;
  readonly textFault: (text: string, keys: Keys) => string | undefined;
}

function fitted(value: unknown, keys: Keys, fitting: Fitting): unknown {
  const fault = faultOf(value, keys, fitting.textFault);
  if (fault !== undefined) {
    fitting.report(keys, fault);
    // A file without content would be a second problem.
    return isContentPlace(keys) ? "" : undefined;
  }
  if (Array.isArray(value)) {
    return value.map((part, index) => fitted(part, [...keys, index], fitting));
  }
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).flatMap(([key, part]) => {
    const place = [...keys, key];
    const nameFault = keyFault(key);
    if (nameFault !== undefined) {
      fitting.report(place, nameFault);
      return [];
    }
    const fit = fitted(part, place, fitting);
    return fit === undefined && part !== undefined ? [] : [[key, fit] as const];
  });
  return Object.fromEntries(parts);
}

function faultOf(value: unknown, keys: Keys, textFault: Fitting["textFault"]): string | undefined {
  if (keys.length > deepest) return `is nested deeper than ${deepest} levels`;
  if (typeof value === "string") return textFault(value, keys);
  if (typeof value === "symbol" || typeof value === "bigint") return kindFault;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const kind: unknown = Object.getPrototypeOf(value);
  return kind === Object.prototype || kind === null ? undefined : kindFault;
}

const kindFault =
  "expected text, a number, true, false, a list or a mapping; remove the YAML tag in front of it";

function keyFault(key: string): string | undefined {
  if (key === "__proto__") return "this name cannot be used; choose another";
  const secret = secretIn(key);
  if (secret !== undefined) return `expected a name, got ${secret} (not shown); ${leaked}`;
  return key.length > longestText ? lengthFault(key, longestText) : undefined;
}

function lengthFaultOf(text: string, keys: Keys): string | undefined {
  const isLong = isContentPlace(keys) || keys.join(".").startsWith("outside.authorities.");
  const longest = isLong ? longestContent : longestText;
  return text.length > longest ? lengthFault(text, longest) : undefined;
}

function secretFaultOf(text: string, keys: Keys, isPlain: IsPlain): string | undefined {
  const secret = secretIn(text);
  if (secret === undefined) return undefined;
  if (!isContentPlace(keys)) {
    return `expected no secret here, got ${secret} (not shown); ${leaked}`;
  }
  return isPlain(keys, text)
    ? `${secret} in plain text (not shown); expected an encrypted value; run pulumi config set --secret --path '${pathOfSecret(keys)}', and ${renewal}`
    : undefined;
}

const renewal = "create a new one if this one may have been disclosed";
const leaked = `remove it, and ${renewal}`;

/** The only place whose value may be a secret. Its file must have a mode without access for all. */
const contentPlace = /^(?:(?:nodes|pools)\t[^\t]*\t)?files\t[^\t]*\tcontent$/;

export const isContentPlace = (keys: Keys): boolean => contentPlace.test(keys.join("\t"));

const pathOfSecret = (keys: Keys): string =>
  `hardway:cluster${keys.map((key) => (/^\w+$/.test(String(key)) ? `.${key}` : `["${key}"]`)).join("")}`;

const lengthFault = (text: string, longest: number): string =>
  `has ${text.length} characters; expected at most ${longest}`;

/** The problems of other checks without those at places that `fitConfig` reported. */
export function withoutUnfit(
  problems: readonly ConfigProblem[],
  unfit: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const places = new Set(unfit.map(({ path }) => path));
  return problems.filter(({ path }) => !places.has(path));
}

/** The problems of `fitConfig`, in the schema's words if the schema refuses the value too. */
export function inSchemasWords(
  unfit: readonly ConfigProblem[],
  shape: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const better = new Map(shape.map((problem) => [problem.path, problem.message]));
  return unfit.map((problem) => {
    const message = better.get(problem.path);
    if (message === undefined) return problem;
    return {
      ...problem,
      message: message.endsWith("(not shown)") ? `${message}; ${leaked}` : message,
    };
  });
}
