import type { Properties } from "../rpc/value.ts";

/** `runtime.options` in Pulumi.yaml. */
export interface RuntimeOptions {
  /** Loads the program through ts-node (default); false uses Node's type stripping. */
  readonly typescript: boolean;
  /** Path of ts-node's tsconfig.json, relative to the program. */
  readonly tsconfig: string | undefined;
  /** Node's flags, placed before the program. */
  readonly nodeargs: readonly string[];
  /** Skips devDependencies at installation. */
  readonly production: boolean;
}

/** @throws with the option's name, the value found and the values expected */
export function runtimeOptions(options: Properties): RuntimeOptions {
  const packageManager = text(options, "packagemanager") ?? "auto";
  if (packageManager !== "auto" && packageManager !== "npm") {
    throw mistake(
      "packagemanager",
      packageManager,
      "npm, the only one that this language host supports",
    );
  }
  return {
    typescript: flag(options, "typescript") ?? true,
    tsconfig: text(options, "tsconfig"),
    nodeargs: splitWords(text(options, "nodeargs") ?? ""),
    production: flag(options, "production") ?? false,
  };
}

function flag(options: Properties, name: string): boolean | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw mistake(name, value, "true or false");
}

function text(options: Properties, name: string): string | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "string") return value;
  throw mistake(name, value, "a string");
}

function mistake(name: string, found: unknown, expected: string): Error {
  return new Error(
    `Pulumi.yaml, runtime.options.${name}: found ${JSON.stringify(found)}, expected ${expected}`,
  );
}

/**
 * Splits words like a shell, without expansion: quotes group, a backslash escapes the next
 * character.
 */
function splitWords(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, escaped?: string, double?: string, single?: string) =>
        escaped ?? double?.replaceAll(/\\(.)/g, "$1") ?? single ?? "",
    ),
  );
}
