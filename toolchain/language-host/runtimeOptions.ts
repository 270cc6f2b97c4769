import type { Properties } from "../rpc/value.ts";

/** What stands under `runtime.options` in Pulumi.yaml. */
export interface RuntimeOptions {
  /** Have @pulumi/pulumi load the program through ts-node; false leaves the types to Node. Default true. */
  readonly typescript: boolean;
  /** Path of the tsconfig.json that ts-node reads, relative to the program. */
  readonly tsconfig: string | undefined;
  /** Node's own flags, before the program. */
  readonly nodeargs: readonly string[];
  /** Leave devDependencies out when installing. */
  readonly production: boolean;
}

/** @throws with the option's name, what was found and what may stand there */
export function runtimeOptions(options: Properties): RuntimeOptions {
  const packageManager = text(options, "packagemanager") ?? "auto";
  if (packageManager !== "auto" && packageManager !== "npm") {
    throw mistake("packagemanager", packageManager, "npm, the only one this language host knows");
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

/** Words as a shell would split them, without expansion: quotes group, a backslash takes the next character. */
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
