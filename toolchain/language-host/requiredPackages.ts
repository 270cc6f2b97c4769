import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** A plugin that one of the program's packages declares under `pulumi` in its package.json. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading `v`. */
  readonly version: string;
  /** The download server; empty for the default. */
  readonly server: string;
  readonly parameterization?: Parameterization;
}

export interface Parameterization {
  readonly name: string;
  readonly version: string;
  /** Base64, passed on unchanged. */
  readonly value: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
    readonly parameterization?: Parameterization;
  };
}

/**
 * The plugins of all installed packages, without duplicates; follows links, skips policy packs.
 *
 * Only packages are searched (`node_modules/x`, `node_modules/@s/x` and nested ones). The official
 * host walks every directory, which takes longer and finds more only in programs with several
 * roots.
 */
export function requiredPackages(programDirectory: string): RequiredPackage[] {
  const found = new Map<string, RequiredPackage>();
  const visited = new Set<string>();
  const visit = (directory: string) => {
    for (const path of packagesIn(join(directory, "node_modules"))) {
      const real = realpathSync(path);
      if (visited.has(real)) continue;
      visited.add(real);
      const required = requiredBy(join(real, "package.json"));
      if (required) found.set(JSON.stringify(required), required);
      visit(real);
    }
  };
  visit(programDirectory);
  return [...found.values()];
}

function packagesIn(nodeModules: string): string[] {
  const names = (directory: string) =>
    entries(directory)
      .filter((entry) => entry.isDirectory() || isLinkToDirectory(directory, entry))
      .map((entry) => entry.name);
  return names(nodeModules).flatMap((name) => {
    if (!name.startsWith("@")) return name.startsWith(".") ? [] : [join(nodeModules, name)];
    const scope = join(nodeModules, name);
    return names(scope).map((inner) => join(scope, inner));
  });
}

function entries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isLinkToDirectory(directory: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  return statSync(join(directory, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Undefined for an unreadable or incomplete package.json, as in the official host. */
function requiredBy(manifestPath: string): RequiredPackage | undefined {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
  const { pulumi } = manifest;
  if (pulumi?.resource !== true) return undefined;
  const name = pulumi.name ?? /^@pulumi\/(.+)$/.exec(manifest.name ?? "")?.[1];
  const version = pulumi.version ?? manifest.version;
  if (!name || !version) return undefined;
  return {
    name,
    version: version.startsWith("v") ? version : `v${version}`,
    server: pulumi.server ?? "",
    ...(pulumi.parameterization ? { parameterization: pulumi.parameterization } : {}),
  };
}
