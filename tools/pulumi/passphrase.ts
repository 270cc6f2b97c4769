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

/** Whether the user sets the passphrase; otherwise lab's own is used. */
function isOwn(environment: Environment): boolean {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: path } = environment;
  return text !== undefined || Boolean(path);
}

/**
 * Why the user's passphrase cannot be used; undefined if it can, or is not set. Pulumi prefers
 * PULUMI_CONFIG_PASSPHRASE to PULUMI_CONFIG_PASSPHRASE_FILE, and accepts an empty one.
 */
export function passphraseFault(
  environment: Environment,
  look: (path: string) => FileLook,
): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: path } = environment;
  const remedy = "unset both to use one that ./lab generates";
  if (text !== undefined) {
    return text === ""
      ? `PULUMI_CONFIG_PASSPHRASE is empty, so anyone could read the stack's secrets; set a passphrase, or ${remedy}`
      : undefined;
  }
  if (!path) return undefined;
  const file = look(path);
  if (file.kind === "none") {
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} ${file.why}; without the passphrase that the stack was created with, its secrets are lost: restore the file, or ${remedy}`;
  }
  if (file.head.toString("latin1").trim() === "") {
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} is empty; restore the passphrase, or ${remedy}`;
  }
  if ((file.mode & 0o077) !== 0) {
    const mode = file.mode.toString(8).padStart(4, "0");
    return `PULUMI_CONFIG_PASSPHRASE_FILE: ${path} has mode ${mode}, so other users of this machine can access it; run chmod 600 ${path}`;
  }
  return undefined;
}

/**
 * Checks that the passphrase of existing stacks is available. A service that the user has logged in
 * to keeps the keys itself.
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
    expected: `the passphrase of the secrets of ${stacks.join(", ")} in ${backend}`,
    remedy: `restore the file; if it is lost, so are those secrets: remove the machines with virsh, then ${backend}`,
  });
}

/**
 * Checks the user's passphrase against the stack, by using it. Only if the user sets one, since
 * this takes a second.
 *
 * @param env the program's complete environment
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
    // Encrypts a value in a copy of the config, which succeeds only if the passphrase fits the
    // salt.
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
    expected: `the passphrase that the stack ${stack} was created with`,
    remedy:
      "set that passphrase; if the stack was created without this variable, unset it, and ./lab uses its own",
  });
}
