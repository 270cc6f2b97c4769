import { delimiter, isAbsolute } from "node:path";
import which from "which";

/** Directories of system commands that a user's PATH may lack. */
const systemDirectories = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/libexec"];

/** The absolute path of an executable on PATH. A relative PATH entry is ignored. */
export async function findOnPath(
  name: string,
  directories: readonly string[] = (process.env.PATH ?? "").split(delimiter),
): Promise<string | undefined> {
  const path = directories.filter((directory) => isAbsolute(directory)).join(delimiter);
  return (await which(name, { path, nothrow: true })) ?? undefined;
}

/** The absolute path of a command, on PATH or in a system directory. */
export function findCommand(name: string): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? "").split(delimiter);
  return findOnPath(name, [...onPath, ...systemDirectories]);
}

/** The absolute path of the first of these commands that is installed. */
export async function findFirstCommand(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = await findCommand(name);
    if (path !== undefined) return path;
  }
  return undefined;
}
