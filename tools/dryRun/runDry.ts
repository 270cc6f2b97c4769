import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { cachePaths } from "../../base/paths.ts";
import { accepted, accountKeys, type DryRun } from "./dryRun.ts";

/** Whether a program accepts its config: the reason of a refusal, or why the result is unknown. */
export type Verdict = { readonly refusal?: string } | { readonly unknown: string };

const verdictSchema = z.strictObject({ refusal: z.string().optional() });

/**
 * Starts a program in a directory of its own with an empty environment, and reads why it ended. A
 * verdict is kept, by the program's hash and by what it was given.
 *
 * @param path an executable file
 * @param sha256 the hash of the program
 */
export async function runDry(
  run: DryRun,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  { cache, signal }: { readonly cache: string; readonly signal?: AbortSignal | undefined },
): Promise<Verdict> {
  // Other forms may read another verdict from the same output.
  const forms = [accepted[run.program], ...reasons].map(String);
  const key = createHash("sha256")
    .update(JSON.stringify([sha256, run, forms]))
    .digest("hex");
  const file = join(cachePaths(cache).dryRuns, `${key}.json`);
  const kept = await readVerdict(file);
  if (kept !== undefined) return kept;
  const directory = await mkdtemp(join(tmpdir(), "hardway-dry-run-"));
  try {
    const verdict = await startIn(directory, run, path, signal);
    if (!("unknown" in verdict)) await keep(file, verdict);
    return verdict;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function keep(file: string, verdict: Verdict): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, JSON.stringify(verdict));
  await rename(temporary, file);
}

async function readVerdict(file: string): Promise<Verdict | undefined> {
  try {
    return verdictSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Missing or damaged: the program is started again.
    return undefined;
  }
}

async function startIn(
  directory: string,
  run: DryRun,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  if (run.program === "kube-apiserver") await writeAccountKeys(directory);
  for (const [name, text] of Object.entries(run.files)) {
    await writeFile(join(directory, name), text);
  }
  const result = await execa(path, run.args, {
    cwd: directory,
    reject: false,
    extendEnv: false,
    env: { HOME: directory, PATH: "/usr/bin:/bin" },
    stdin: "ignore",
    all: true,
    // It ends in a fraction of a second; a busy machine may take longer.
    timeout: 30_000,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  return verdictOf(run, result.all, result.timedOut);
}

async function writeAccountKeys(directory: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = { format: "pem" } as const;
  await writeFile(
    join(directory, accountKeys.private),
    privateKey.export({ ...pem, type: "pkcs8" }),
    { mode: 0o600 },
  );
  await writeFile(join(directory, accountKeys.public), publicKey.export({ ...pem, type: "spki" }));
}

/** How the programs report an error: klog's, cobra's, etcd's JSON and Go's flag package. */
const reasons = [
  /"command failed" err="((?:[^"\\]|\\.)*)"/,
  /^Error: (.+)$/m,
  /"msg":"[^"]*","error":"((?:[^"\\]|\\.)*)"/,
  /^(invalid (?:boolean )?value .+|flag provided but not defined.+)$/m,
  /^([\w.[\]]+: (?:Invalid value|Required value|Forbidden|Unsupported value).+)$/m,
  /^panic: (.+)$/m,
];

/** Without the phrases around the reason, and without the whole config that the kubelet prints. */
function bare(reason: string): string {
  return reason
    .replace(/^failed to validate kubelet configuration, error: /, "")
    .replace(/, path: &[\s\S]*$/, "")
    .replaceAll("invalid configuration: ", "");
}

/** Errors of a list besides those that the missing files cause; a single error is no list. */
function othersInList(reason: string | undefined): string | undefined {
  const [, list] = /^\[(.*)\]$/.exec(reason ?? "") ?? [];
  const others = list?.split(", ").filter((one) => !one.includes("missing/file"));
  return others === undefined || others.length === 0 ? undefined : others.join(", ");
}

function verdictOf({ program }: DryRun, output: string, timedOut: boolean): Verdict {
  const found = reasons.map((form) => form.exec(output)?.[1]).find((one) => one !== undefined);
  const others = othersInList(found);
  if (accepted[program].test(output) && others === undefined) return {};
  if (timedOut) return { unknown: "it did not end within 30 s" };
  if (found === undefined)
    return { unknown: output.trim().split("\n").at(-1) || "it cannot run here" };
  return { refusal: bare((others ?? found).replaceAll(/\\(["\\])/g, "$1")) };
}
