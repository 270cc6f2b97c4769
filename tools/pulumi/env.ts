import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import { cachePaths, statePaths } from "../../base/paths.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The facts that determine the program's environment. */
export interface EnvironmentInputs {
  readonly cache: string;
  readonly state: string;
  /** The environment that lab was started with; the user's variables are kept. */
  readonly base: Environment;
  /** The directory of the CLI; undefined for the user's own. */
  readonly pulumiBin: string | undefined;
  /** True if a plugin or the CLI was built here: Pulumi must not download another. */
  readonly built: boolean;
  /** The backend in the user's `~/.pulumi/credentials.json`. */
  readonly login: string | undefined;
  readonly domainType: "kvm" | "qemu" | undefined;
  readonly baseImage: string | undefined;
}

/** The variables to add for `pulumi` to the user's environment. */
export function pulumiEnvironment(inputs: EnvironmentInputs): Record<string, string> {
  const { cache, state, base, pulumiBin, built, login, domainType, baseImage } = inputs;
  const set: Record<string, string> = {
    PULUMI_HOME: cachePaths(cache).pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    HARDWAY_LOCK: base.HARDWAY_LOCK || cachePaths(cache).mirrorLock,
  };
  if (pulumiBin !== undefined) set.PATH = [pulumiBin, base.PATH ?? ""].join(delimiter);
  if (built) {
    set.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
    set.PULUMI_DISABLE_REGISTRY_RESOLVE = "true";
  }
  const { backend, passphrase } = statePaths(state);
  if (!base.PULUMI_BACKEND_URL) {
    const url = backendUrl(base, login, backend);
    if (url !== undefined) set.PULUMI_BACKEND_URL = url;
    // PULUMI_HOME is the program's, but the login is the user's.
    if (login !== undefined) set.PULUMI_CREDENTIALS_PATH = join(base.HOME ?? homedir(), ".pulumi");
  }
  const hasPassphrase = base.PULUMI_CONFIG_PASSPHRASE !== undefined;
  if (!hasPassphrase && !base.PULUMI_CONFIG_PASSPHRASE_FILE) {
    set.PULUMI_CONFIG_PASSPHRASE_FILE = passphrase;
  }
  if (domainType !== undefined) set.HARDWAY_DOMAIN_TYPE = base.HARDWAY_DOMAIN_TYPE || domainType;
  if (baseImage !== undefined) set.HARDWAY_BASE_IMAGE = base.HARDWAY_BASE_IMAGE || baseImage;
  return set;
}

/** The URL of the backend; undefined if only an access token is set, which means Pulumi Cloud. */
export function backendUrl(
  base: Environment,
  login: string | undefined,
  backend: string = statePaths().backend,
): string | undefined {
  const given = base.PULUMI_BACKEND_URL || login;
  return given ?? (base.PULUMI_ACCESS_TOKEN ? undefined : fileBackendUrl(backend));
}

/** Whether the backend is the directory of state files that lab created on this machine. */
export function isOwnBackend(
  url: string | undefined,
  backend: string = statePaths().backend,
): boolean {
  return url?.split("?")[0] === `file://${backend}`;
}

/**
 * The URL of a file backend. Without `metadata=skip`, it also writes an attributes file for each
 * file, not atomically: after a kill in between, every pulumi fails with `error: EOF`.
 * https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
export function fileBackendUrl(directory: string): string {
  return `file://${directory}?metadata=skip`;
}

/** The backend that the user's own pulumi is logged in to; undefined if there is none. */
export async function findLogin(base: Environment = process.env): Promise<string | undefined> {
  const file = join(base.HOME ?? homedir(), ".pulumi", "credentials.json");
  try {
    const { current } = JSON.parse(await readFile(file, "utf8")) as { current?: unknown };
    return typeof current === "string" && current !== "" ? current : undefined;
  } catch {
    return undefined;
  }
}

/** Creates the state's directories and, once, the passphrase of the stacks' secrets. */
export async function prepareState(state: string): Promise<void> {
  const { backend, passphrase } = statePaths(state);
  await mkdir(backend, { recursive: true, mode: 0o700 });
  try {
    const secret = randomBytes(32).toString("base64url");
    await writeFile(passphrase, `${secret}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
