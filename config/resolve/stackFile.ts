import { isMap, isScalar, isSeq, parseDocument, type Scalar } from "yaml";
import { z } from "zod";
import { nearest, shown, suggestion } from "../../base/wording.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import { isMapping, own } from "../messages/salvage.ts";
import { isEncrypted } from "./encrypted.ts";
import { parseStack } from "./parseStack.ts";

/** The keys of a lab in `Pulumi.<stack>.yaml`. */
const place = ["config", "hardway:cluster"] as const;

/**
 * `hardway:cluster` as the engine passes it on: JSON with decrypted secrets if structured, else
 * text.
 */
export function configValue(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `hardway:cluster` in a stack's file, with encrypted values unchanged.
 *
 * @throws UserError if the file is not YAML
 */
export function clusterIn(name: string, text: string): unknown {
  const whole = parseStack(name, text);
  const config = isMapping(whole) ? whole.config : undefined;
  const value = isMapping(config) ? own(config, place[1]) : undefined;
  return typeof value === "string" ? configValue(value) : value;
}

/**
 * Where the lab was probably meant to be, if a stack's file has none; and keys that only look like
 * the lab's.
 *
 * @throws UserError if the file is not YAML
 */
export function misplacedKeys(name: string, text: string): ConfigProblem[] {
  const whole = parseStack(name, text);
  if (!isMapping(whole)) return [];
  const config = isMapping(whole.config) ? whole.config : {};
  const others = Object.keys(config).filter(
    (key) => key !== place[1] && (key.startsWith("hardway:") || nearest(key, place) !== undefined),
  );
  const isTooHigh = Object.hasOwn(whole, place[1]) && !Object.hasOwn(config, place[1]);
  return [
    ...(isTooHigh
      ? [{ path: place[1], message: "is one level too high; put it under config:, indented" }]
      : []),
    ...others.map((key) => {
      const hint = suggestion(key, [place[1]]) || "; every setting is in hardway:cluster";
      return { path: shown(key), message: `unknown key${hint}` };
    }),
  ];
}

const configSchema = z.object({
  "hardway:cluster": z
    .object({ value: z.string().optional(), objectValue: z.unknown().optional() })
    .optional(),
});

/**
 * `hardway:cluster` in the output of `pulumi config --json --show-secrets`, as the program gets it.
 */
export function effectiveCluster(printed: string): unknown {
  const entry = configSchema.parse(JSON.parse(printed))["hardway:cluster"];
  return entry?.objectValue ?? configValue(entry?.value);
}

/**
 * Whether a stack's file imports ESC environments, whose values only the engine can read.
 *
 * @throws UserError if the file is not YAML
 */
export function hasEnvironment(name: string, text: string): boolean {
  const whole = parseStack(name, text);
  return isMapping(whole) && (own(whole, "environment") ?? null) !== null;
}

/**
 * Values that Pulumi and other readers of YAML understand differently: `04000` is 2048 in YAML 1.1
 * and 4000 in YAML 1.2. None if the value was read from another file, as with `--config-file`.
 *
 * @param value `hardway:cluster` as it was read
 */
export function ambiguousValues(text: string, value: unknown): ConfigProblem[] {
  const document = parseDocument(text);
  const cluster: unknown = document.getIn(place, true);
  if (document.errors.length > 0 || !isReadFrom(cluster, value)) return [];
  return scalarsIn(cluster, []).flatMap(({ keys, source }) => {
    const message = ambiguityOf(source);
    return message === undefined ? [] : [problemAt(keys, message)];
  });
}

/**
 * Whether a value may come from this part of a file: the value has everything in the file, except
 * encrypted and ambiguous values. An ESC environment may add more.
 */
function isReadFrom(part: unknown, value: unknown): boolean {
  if (isMap(part)) {
    if (isEncrypted(part.toJSON())) return true;
    return (
      isMapping(value) &&
      part.items.every((pair) => isReadFrom(pair.value, value[String(pair.key)]))
    );
  }
  if (isSeq(part)) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return (
      list.length === part.items.length &&
      part.items.every((item, index) => isReadFrom(item, list[index]))
    );
  }
  if (!isScalar(part)) return true;
  return (isPlain(part) && ambiguityOf(part.source) !== undefined) || part.value === value;
}

interface PlacedScalar {
  readonly keys: Keys;
  readonly source: string;
}

/** Every unquoted value. */
function scalarsIn(part: unknown, keys: Keys): PlacedScalar[] {
  if (isMap(part)) {
    return part.items.flatMap((pair) => scalarsIn(pair.value, [...keys, String(pair.key)]));
  }
  if (isSeq(part)) return part.items.flatMap((item, index) => scalarsIn(item, [...keys, index]));
  return isScalar(part) && isPlain(part) ? [{ keys, source: part.source }] : [];
}

const isPlain = (scalar: Scalar): scalar is Scalar & { readonly source: string } =>
  scalar.type === "PLAIN" && scalar.source !== undefined;

/** Values that every reader of YAML understands alike; most values are, and parsing takes time. */
const isClear = (source: string): boolean =>
  /^(0|[1-9]\d{0,8})$/.test(source) ||
  (/^[A-Za-z]/.test(source) && !/^(e[-+]?[\d_]+|y|n|yes|no|on|off|true|false|null)$/i.test(source));

function ambiguityOf(source: string): string | undefined {
  if (isClear(source)) return undefined;
  const [older, newer] = [plainValue(source, "1.1"), plainValue(source, "1.2")];
  const remedy = `write ${typeof newer === "number" ? String(newer) : "the value in another way"}, or put it in quotes if it is text`;
  if (!Object.is(older, newer)) {
    return `${source} is ${asJson(older)} in YAML 1.1, but ${asJson(newer)} in YAML 1.2; ${remedy}`;
  }
  return /^[-+]?0\d/.test(source)
    ? `${source} begins with 0, as octal numbers do in YAML 1.1; ${remedy}`
    : undefined;
}

function plainValue(source: string, version: "1.1" | "1.2"): unknown {
  const { contents, errors } = parseDocument(source, { version });
  return errors.length === 0 && isScalar(contents) ? contents.value : source;
}

const asJson = (value: unknown): string =>
  value instanceof Date ? "a time" : JSON.stringify(value);
