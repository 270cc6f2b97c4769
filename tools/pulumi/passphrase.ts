import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { stateDir, statePaths } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { FileLook } from "../../config/resolve/fileLook.ts";
import { lookAt } from "../../config/resolve/gatherSurroundings.ts";
import { findLogin } from "./env.ts";
import { fileStacks } from "./fileStacks.ts";
import { stackConfigCopy } from "./stackConfig.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** True where the person gives a passphrase; else it is the one that lab made. */
function isOwn(environment: Environment): boolean {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: path } = environment;
  return text !== undefined || Boolean(path);
}

/**
 * What is wrong with the passphrase that a person gives for the secrets in the stack's state, or undefined if nothing is or
 * none is given. Pulumi takes PULUMI_CONFIG_PASSPHRASE before PULUMI_CONFIG_PASSPHRASE_FILE, and an empty one, which
 * anybody knows.
 */
export function passphraseFault(
  environment: Environment,
  look: (path: string) => FileLook,
): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: path } = environment;
  const remedy = "let ./lab make one by leaving both unset";
  if (text !== undefined) {
    return text === ""
      ? `PULUMI_CONFIG_PASSPHRASE is empty, so anybody could read the stack's secrets; give it a passphrase, or ${remedy}`
      : undefined;
  }
  if (!path) return undefined;
  const file = look(path);
  if (file.kind === "none") {
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} ${file.why}; without the passphrase that the stack was made with, its secrets are lost: bring the file back, or ${remedy}`;
  }
  if (file.head.toString("latin1").trim() === "") {
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} is empty; bring the passphrase back, or ${remedy}`;
  }
  if ((file.mode & 0o077) !== 0) {
    const mode = file.mode.toString(8).padStart(4, "0");
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} has mode ${mode}, so other users of this machine can access it; run chmod 600 ${path}`;
  }
  return undefined;
}

/**
 * There is a passphrase to encrypt the stacks' secrets with, the person's or the one that lab made, or there is none to lose yet.
 * Asks nothing where the person has logged in to a service, which keeps the keys itself.
 *
 * @throws UserError
 */
export async function requirePassphrase(
  environment: Environment = process.env,
  state: string = stateDir(),
): Promise<void> {
  const elsewhere = environment.PULUMI_BACKEND_URL || (await findLogin(environment));
  const isService = elsewhere ? /^https?:/.test(elsewhere) : environment.PULUMI_ACCESS_TOKEN;
  if (isService) return;
  const fault = passphraseFault(environment, lookAt);
  if (fault !== undefined) throw new UserError(fault);
  const { backend, passphrase } = statePaths(state);
  if (isOwn(environment) || elsewhere || lookAt(passphrase).kind === "file") return;
  const stacks = await fileStacks(backend);
  if (stacks.length === 0) return;
  throw new UserError({
    place: passphrase,
    found: "nothing",
    expected: `the passphrase that ${stacks.join(", ")} in ${backend} has its secrets encrypted with`,
    remedy: `bring the file back; if it is lost, so are those secrets: remove the machines with virsh, then ${backend}`,
  });
}

/**
 * The person's passphrase is the one that the stack was made with, as Pulumi itself finds by using it. Asks only where the
 * person gives one, since Pulumi takes a second for it.
 *
 * @param env the whole environment of the program
 * @throws UserError
 */
export async function requireRightPassphrase(
  { stack, signal }: Pick<Session, "stack" | "signal">,
  env: Environment,
): Promise<void> {
  if (!isOwn(process.env)) return;
  const { directory, file } = await stackConfigCopy(stack);
  const text = await readFile(file, "utf8");
  if (!/^encryptionsalt:/m.test(text)) return;
  const scratch = await mkdtemp(join(tmpdir(), "hardway-passphrase-"));
  try {
    const copy = join(scratch, "Pulumi.yaml");
    await writeFile(copy, text);
    // Encrypts a word in a copy of the config, for which the passphrase must fit the salt that stands there.
    const words = ["--secret", "hardway:fits", "yes", "--stack", stack, "--config-file", copy];
    const args = ["config", "set", ...words, "--non-interactive"];
    const { stderr } = await tryRun("pulumi", args, { signal, env, cwd: directory });
    if (!stderr.includes("incorrect passphrase")) return;
  } finally {
    await rm(scratch, { recursive: true });
  }
  const name =
    process.env.PULUMI_CONFIG_PASSPHRASE === undefined
      ? "PULUMI_CONFIG_PASSPHRASE_FILE"
      : "PULUMI_CONFIG_PASSPHRASE";
  throw new UserError({
    place: name,
    found: "another passphrase",
    expected: `the one that the stack ${stack} was made with`,
    remedy:
      "set that one; if it was made without this variable, unset it, and ./lab uses the one it made",
  });
}
