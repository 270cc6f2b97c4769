import { mkdir, open, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { foreignEntries, mergedKubeconfig } from "./mergedKubeconfig.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The kubeconfig files that the user's kubectl reads, in order of precedence. */
function kubectlFiles({ KUBECONFIG, HOME }: Environment): [string, ...string[]] {
  const [first, ...more] = (KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return first === undefined ? [join(HOME ?? homedir(), ".kube", "config")] : [first, ...more];
}

/**
 * Merges a lab's kubeconfig into the file to which kubectl adds entries: of several, the first that
 * exists, else the last. Writes it atomically with mode 0600, holding the lock that kubectl uses.
 *
 * @returns the file
 * @throws UserError if one of kubectl's files has an entry of the same name that is not this lab's
 */
export async function mergeKubeconfig(
  ours: string,
  lab: string,
  environment: Environment = process.env,
): Promise<string> {
  const files = kubectlFiles(environment);
  const read = await Promise.all(files.map(async (path) => ({ path, text: await textOf(path) })));
  const there = read.find(({ text }) => text !== undefined)?.path;
  const named = there ?? files.at(-1) ?? files[0];
  // Keeps a symbolic link and changes its target.
  const file = there === undefined ? named : await realpath(named);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unlock = await lock(file);
  const part = `${file}.${process.pid}.part`;
  try {
    for (const { path, text = "" } of read) refuseForeign(text, ours, lab, path);
    const text = mergedKubeconfig((await textOf(file)) ?? "", ours, lab, file);
    await writeFile(part, text, { mode: 0o600, flag: "wx" });
    await rename(part, file);
    return file;
  } finally {
    await rm(part, { force: true });
    await unlock();
  }
}

function refuseForeign(text: string, ours: string, lab: string, file: string): void {
  const foreign = foreignEntries(text, ours, lab, file);
  if (foreign.length === 0) return;
  throw new UserError({
    place: file,
    found: `${foreign.join(", ")}, not created by this lab`,
    expected: "no entries of these names except the lab's own",
    remedy:
      "nothing was changed; rename or remove them (kubectl config), or set KUBECONFIG to the lab's file",
  });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UserError(
      `${path} can't be read (${codeOf(error)}); make it readable, or set KUBECONFIG`,
      {
        cause: error,
      },
    );
  }
}

/** kubectl's lock: https://github.com/kubernetes/client-go, tools/clientcmd/loader.go */
async function lock(file: string): Promise<() => Promise<void>> {
  const path = `${file}.lock`;
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new UserError({
      place: path,
      found: "a lock",
      expected: "no other program that changes the file",
      remedy: "run the command again; if no kubectl runs, remove the lock",
    });
  }
  return () => rm(path, { force: true });
}
