import { mkdir, open, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { foreignEntries, mergedKubeconfig } from "./mergedKubeconfig.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The files that a person's kubectl reads, the first one counting most. */
function kubectlFiles({ KUBECONFIG, HOME }: Environment): [string, ...string[]] {
  const [first, ...more] = (KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return first === undefined ? [join(HOME ?? homedir(), ".kube", "config")] : [first, ...more];
}

/**
 * Puts a lab's kubeconfig into the file that the person's kubectl would put a new entry into: of several, the first that
 * is there, else the last. In one move, with mode 600, and behind the lock that kubectl itself takes.
 *
 * @returns the file
 * @throws UserError where one of kubectl's files has an entry of the same name that is not this lab's; nothing is changed
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
  // A link stays one: what it leads to is changed.
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
    found: `${foreign.join(", ")} of somebody else's`,
    expected: "no entries of these names, or the lab's own",
    remedy:
      "nothing was changed; rename or remove them there (kubectl config), or use the lab's file by KUBECONFIG",
  });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UserError(`${path} can't be read (${codeOf(error)}); mend that, or set KUBECONFIG`, {
      cause: error,
    });
  }
}

/** kubectl's own way to change the file alone: https://github.com/kubernetes/client-go, tools/clientcmd/loader.go */
async function lock(file: string): Promise<() => Promise<void>> {
  const path = `${file}.lock`;
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new UserError({
      place: path,
      found: "a lock",
      expected: "nobody else who changes the file",
      remedy: "run it again; if no kubectl runs, remove the lock",
    });
  }
  return () => rm(path, { force: true });
}
