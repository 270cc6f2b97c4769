import { chmod, mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * A script that starts the bundle with the running Node, because the engine starts only
 * executables.
 */
export function wrapperText(bundle: string, variables: Readonly<Record<string, string>>): string {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)} `);
  return `#!/bin/sh\n${assignments.join("")}exec ${quote(process.execPath)} ${quote(bundle)} "$@"\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Creates an executable atomically under its final name. */
export async function place(
  path: string,
  write: (path: string, source: string) => Promise<void>,
  source: string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  await write(temporary, source);
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}
