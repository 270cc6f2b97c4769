import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The npm of the running Node, else the one on PATH. */
export function npmExecutable(): string {
  const beside = join(dirname(process.execPath), "npm");
  return existsSync(beside) ? beside : "npm";
}

/** npm's environment, in which `#!/usr/bin/env node` finds the running Node. */
export function npmEnvironment(): Record<string, string | undefined> {
  return { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` };
}

export async function npmVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(npmExecutable(), ["--version"], {
    env: npmEnvironment(),
  });
  return stdout.trim();
}

/**
 * Writes `dependencies[name] = file:path` and allows the package's install scripts, as the official
 * host does.
 */
export async function linkPackage(directory: string, name: string, path: string): Promise<void> {
  const npm = (...args: string[]) =>
    promisify(execFile)(npmExecutable(), args, { cwd: directory, env: npmEnvironment() });
  const specifier = `file:${path}`;
  await npm("pkg", "set", `dependencies[${name}]=${specifier}`);
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    allowScripts?: Record<string, boolean>;
  };
  const allowed = { ...manifest.allowScripts, [specifier]: true };
  await npm("pkg", "set", "--json", `allowScripts=${JSON.stringify(allowed)}`);
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** The dependencies in package-lock.json: the program's direct ones, or all. */
export function lockedDependencies(directory: string, isTransitive: boolean): Dependency[] {
  const lock = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8")) as {
    packages?: Record<string, LockedPackage>;
  };
  const packages = lock.packages ?? {};
  const root = packages[""];
  const direct = new Set(Object.keys({ ...root?.dependencies, ...root?.devDependencies }));
  return Object.entries(packages).flatMap(([path, locked]) => {
    const name = /^.*node_modules\/(.+)$/.exec(path)?.[1];
    if (name === undefined) return [];
    if (!isTransitive && (path !== `node_modules/${name}` || !direct.has(name))) return [];
    const target = locked.link ? packages[locked.resolved ?? ""] : locked;
    return [{ name, version: target?.version ?? "" }];
  });
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
