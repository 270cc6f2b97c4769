import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SettingType, SettingTypes } from "../../config/schema/settings.ts";
import { goDirectory } from "../go/checkRequirements.ts";

/** A Go file: its module, and its path in the module. */
export type GoFile = readonly [module: string, path: string];

/** The directories of Go modules on this machine, at the versions of the local build. */
export interface GoModules {
  /** The version of the first one: `v0.36.4` for Kubernetes v1.36.4. */
  readonly version: string;
  read(file: GoFile): string;
}

const listFormat = "{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}} {{.Dir}}";

/** The modules that `toolchain/go/kubernetes` locks; Go downloads missing ones. */
export const kubernetesModules = (modules: readonly string[]): GoModules =>
  goModules("kubernetes", modules);

/** The modules that a directory of `toolchain/go` locks; Go downloads missing ones. */
export function goModules(recipe: string, modules: readonly string[]): GoModules {
  const cwd = join(goDirectory, recipe);
  const unique = [...new Set(modules)];
  execFileSync("go", ["mod", "download", ...unique], { cwd });
  const listed = execFileSync("go", ["list", "-m", "-f", listFormat, ...unique], {
    cwd,
    encoding: "utf8",
  });
  const rows = listed
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const directories = new Map(rows.map(([path = "", , directory = ""]) => [path, directory]));
  return {
    version: rows[0]?.[1] ?? "",
    read: ([module, path]) => readFileSync(join(directories.get(module) ?? "", path), "utf8"),
  };
}

export interface GoFields {
  readonly modules: GoModules;
  /**
   * The files with the types, by the name that their package is imported as; "" is the root's file.
   */
  readonly sources: Readonly<Record<string, GoFile>>;
  /** Types outside those files, and the JSON type that they decode from. */
  readonly leaves: Readonly<Record<string, SettingType>>;
}

/**
 * The JSON fields of a Go struct, with their types.
 *
 * @throws if a type is neither in the sources nor a leaf
 */
export function goFields(args: GoFields, root: string): SettingTypes {
  const types = goTypes(args);
  const struct = types.get(root);
  if (struct === undefined) {
    throw new Error(`goFields: no type ${root} in ${args.sources[""]?.join(" ") ?? "no source"}`);
  }
  return fieldsOf({ types, leaves: args.leaves }, struct);
}

interface GoType {
  /** The package's name in `sources`. */
  readonly home: string;
  /** `struct`, or the type that this type is an alias of. */
  readonly is: string;
  /** The text between a struct's braces. */
  readonly body: string;
}

interface Known {
  readonly types: ReadonlyMap<string, GoType>;
  readonly leaves: GoFields["leaves"];
}

function goTypes({ modules, sources }: GoFields): Map<string, GoType> {
  const types = new Map<string, GoType>();
  for (const [home, file] of Object.entries(sources)) {
    for (const [, name = "", is = "", body = ""] of modules
      .read(file)
      .matchAll(/^type (\w+) (struct|[^\s{]+)(?: ?\{\}| \{\n([\s\S]*?)\n\})?/gm)) {
      types.set(qualified(home, name), { home, is, body });
    }
  }
  return types;
}

const qualified = (home: string, name: string): string =>
  home === "" || name.includes(".") ? name : `${home}.${name}`;

function fieldsOf(known: Known, struct: GoType): SettingTypes {
  const fields: Record<string, SettingType> = {};
  for (const [, goType = "", tag = ""] of struct.body.matchAll(
    /^\t(?:\w+\s+)?(\S+)\s+`json:"([^"]*)"/gm,
  )) {
    const name = tag.split(",")[0] ?? "";
    const inlined = tag === ",inline" ? known.types.get(qualified(struct.home, goType)) : undefined;
    if (inlined !== undefined) {
      Object.assign(fields, fieldsOf(known, inlined));
    } else if (name !== "" && name !== "-") {
      fields[name] = resolve(known, struct.home, goType);
    }
  }
  return fields;
}

function resolve(known: Known, home: string, goType: string): SettingType {
  const bare = goType.replace(/^\*/, "");
  const [, list] = /^\[\](.+)$/.exec(bare) ?? [];
  const [, map] = /^map\[string\](.+)$/.exec(bare) ?? [];
  if (list !== undefined) {
    return { listOf: resolve(known, home, list) };
  }
  if (map !== undefined) {
    return { mapOf: resolve(known, home, map) };
  }
  const leaf = known.leaves[bare];
  if (leaf !== undefined) {
    return leaf;
  }
  const found = known.types.get(qualified(home, bare));
  if (found === undefined) {
    throw new Error(`goFields: ${bare} is in none of the files; add it to leaves or sources`);
  }
  return found.is === "struct"
    ? { fields: fieldsOf(known, found) }
    : resolve(known, found.home, found.is);
}
