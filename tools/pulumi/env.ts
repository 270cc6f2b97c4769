import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import { cachePaths, statePaths } from "../../base/paths.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment of the program follows from. All of it is found out before; nothing is looked up here. */
export interface EnvironmentInputs {
  readonly cache: string;
  readonly state: string;
  /** The environment that lab was started with. What a person set there stays. */
  readonly base: Environment;
  /** The directory of the CLI; unset where the person's own is used. */
  readonly pulumiBin: string | undefined;
  /** True where a plugin or the CLI was built here: then nothing may be fetched behind its back. */
  readonly built: boolean;
  /** Where the person has logged in, from `~/.pulumi/credentials.json`. */
  readonly login: string | undefined;
  readonly domainType: "kvm" | "qemu" | undefined;
  readonly baseImage: string | undefined;
}

/** Variables to set for `pulumi`, on top of the person's own environment. */
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
    // PULUMI_HOME is ours, the login is the person's.
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

/** Where the stacks' state is kept; nothing where that follows from an access token alone, which means Pulumi Cloud. */
export function backendUrl(
  base: Environment,
  login: string | undefined,
  backend: string = statePaths().backend,
): string | undefined {
  const given = base.PULUMI_BACKEND_URL || login;
  return given ?? (base.PULUMI_ACCESS_TOKEN ? undefined : fileBackendUrl(backend));
}

/** True for the files of this machine's own state, and nobody else's backend. */
export function isOwnBackend(
  url: string | undefined,
  backend: string = statePaths().backend,
): boolean {
  return url?.split("?")[0] === `file://${backend}`;
}

/**
 * The file backend in a directory. Beside each file it would keep another one with facts that nobody asks for, and not
 * write that in one move: after a kill in between, every pulumi ends with `error: EOF`. So it is told to leave them out:
 * https://pkg.go.dev/gocloud.dev/blob/fileblob
 */
export function fileBackendUrl(directory: string): string {
  return `file://${directory}?metadata=skip`;
}

/** The backend that the person has logged in to with a pulumi of their own; nothing where there is none. */
export async function findLogin(base: Environment = process.env): Promise<string | undefined> {
  const file = join(base.HOME ?? homedir(), ".pulumi", "credentials.json");
  try {
    const { current } = JSON.parse(await readFile(file, "utf8")) as { current?: unknown };
    return typeof current === "string" && current !== "" ? current : undefined;
  } catch {
    return undefined;
  }
}

/** The state's directories exist, and the passphrase, made once: whoever has it can read the stacks' secrets. */
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
