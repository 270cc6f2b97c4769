import { isMap, isScalar, isSeq, parse, parseDocument, type Scalar, YAMLParseError } from "yaml";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { type ConfigProblem, type Keys, problemAt } from "../messages/problem.ts";
import { isMapping } from "../messages/salvage.ts";

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
  let whole: unknown;
  try {
    whole = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UserError(`${name}: is not YAML: ${error.message}`, { cause: error });
  }
  const config = isMapping(whole) ? whole.config : undefined;
  const value = isMapping(config) ? config[place[1]] : undefined;
  return typeof value === "string" ? configValue(value) : value;
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

/** Whether a stack's file imports ESC environments, whose values only the engine can read. */
export function hasEnvironment(text: string): boolean {
  const environment: unknown = parseDocument(text).get("environment");
  return environment !== undefined && environment !== null;
}

/** The value without its encrypted parts. */
export function withoutEncrypted(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((part) => !isEncrypted(part)).map(withoutEncrypted);
  if (!isMapping(value)) return value;
  const plain = Object.entries(value).filter(([, part]) => !isEncrypted(part));
  return Object.fromEntries(plain.map(([key, part]) => [key, withoutEncrypted(part)]));
}

/** Whether a value is one that `pulumi config set --secret` wrote. */
export const isEncrypted = (value: unknown): boolean =>
  isMapping(value) && Object.keys(value).length === 1 && typeof value.secure === "string";

/** The places of encrypted values in a lab, which only the engine can read. */
export function encryptedPlaces(value: unknown, keys: Keys = []): Keys[] {
  if (isEncrypted(value)) return [keys];
  if (Array.isArray(value)) {
    return value.flatMap((part, index) => encryptedPlaces(part, [...keys, index]));
  }
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => encryptedPlaces(part, [...keys, key]));
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

function ambiguityOf(source: string): string | undefined {
  const [older, newer] = [plainValue(source, "1.1"), plainValue(source, "1.2")];
  const remedy = `write ${typeof newer === "number" ? String(newer) : "the value in another way"}, or put it in quotes if it is text`;
  if (!Object.is(older, newer)) {
    return `${source} is ${shown(older)} in YAML 1.1, but ${shown(newer)} in YAML 1.2; ${remedy}`;
  }
  return /^[-+]?0\d/.test(source)
    ? `${source} begins with 0, as octal numbers do in YAML 1.1; ${remedy}`
    : undefined;
}

function plainValue(source: string, version: "1.1" | "1.2"): unknown {
  const { contents, errors } = parseDocument(source, { version });
  return errors.length === 0 && isScalar(contents) ? contents.value : source;
}

const shown = (value: unknown): string =>
  value instanceof Date ? "a time" : JSON.stringify(value);
