import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { projectDir } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import { suggestion } from "../../base/wording.ts";
import { lineFinder } from "../../config/messages/lineFinder.ts";
import { ConfigError, pathText } from "../../config/messages/problem.ts";
import { type DescribedLab, describedLab } from "../../config/resolve/describedLab.ts";
import { encryptedPlaces, withoutEncrypted } from "../../config/resolve/encrypted.ts";
import { hypervisorsOf } from "../../config/resolve/hypervisors.ts";
import { expandPath } from "../../config/resolve/keyFile.ts";
import { type ArtifactChoices, artifactChoices } from "../../config/resolve/labArtifacts.ts";
import { clusterProblems } from "../../config/resolve/parseCluster.ts";
import {
  clusterIn,
  effectiveCluster,
  hasEnvironment,
  misplacedKeys,
} from "../../config/resolve/stackFile.ts";
import { type ClusterConfig, clusterSchema } from "../../config/schema/clusterSchema.ts";
import { isGuest } from "../../model/machines.ts";
import { guestsOf } from "../../plan/hypervisorProblems.ts";

/** A hypervisor in the config. */
export interface LabHypervisor {
  /** Its key in the config; unset for the only one of a lab that names none. */
  readonly name?: string | undefined;
  readonly uri: string;
  /** The directory of disks. Each lab has its own directory there. */
  readonly pool: string;
  /** The names of the nodes whose machines are its guests. */
  readonly nodes: readonly string[];
}

/** The settings of a stack that lab needs before the program runs. */
export interface LabConfig {
  /** The file's path. */
  readonly file: string;
  readonly lab: DescribedLab;
  readonly hypervisors: readonly LabHypervisor[];
  /** False if every node is an existing machine. */
  readonly makesMachines: boolean;
  readonly image: ClusterConfig["machines"]["image"];
  readonly artifacts: ArtifactChoices;
}

/** The settings of a lab whose config cannot be read: the defaults, and maybe machines. */
export const defaultLabConfig = (stack: string): LabConfig => ({
  ...labConfigOf(stack, clusterSchema.parse({}), projectDir),
  makesMachines: true,
});

function labConfigOf(stack: string, config: ClusterConfig, directory: string): LabConfig {
  const lab = describedLab(stack, config, (path) => expandPath(path, homedir(), directory));
  return {
    file: join(directory, fileOf(stack)),
    lab,
    hypervisors: hypervisorsOf(config).map(({ name, uri = "", pool = "" }) => ({
      name,
      uri,
      pool,
      nodes: guestsOf(lab, { name }).map((node) => node.name),
    })),
    makesMachines: lab.nodes.some(isGuest),
    image: config.machines.image,
    artifacts: artifactChoices(config),
  };
}

const fileOf = (stack: string): string => `Pulumi.${stack}.yaml`;

/**
 * Reads and checks `Pulumi.<stack>.yaml`, so that errors are reported before anything is downloaded
 * or created.
 *
 * @throws ConfigError with all errors; UserError if the file does not exist or is not YAML
 */
export async function readLabConfig(
  stack: string,
  directory: string = projectDir,
): Promise<LabConfig> {
  const name = fileOf(stack);
  const text = await readText(join(directory, name), stack);
  const raw = hasEnvironment(name, text) ? await askOwnPulumi(stack, name) : clusterIn(name, text);
  const encrypted = encryptedPlaces(raw).map(pathText);
  const plain = withoutEncrypted(raw);
  // The program checks encrypted values and settings that depend on them, since Pulumi decrypts for
  // it.
  const misplaced = misplacedKeys(name, text);
  const known = clusterProblems(plain, text).filter(
    ({ path }) => !encrypted.some((place) => isInside(path, place) || isInside(place, path)),
  );
  // Without the lab, that it is missing is no second problem.
  const problems = raw === undefined && misplaced.length > 0 ? misplaced : [...misplaced, ...known];
  const config = clusterSchema.safeParse(plain).data;
  if (problems.length > 0) throw new ConfigError(name, problems, lineFinder(text, raw));
  if (config === undefined) {
    throw new UserError({
      place: name,
      found: `encrypted values that ./lab needs: ${encrypted.join(", ")}`,
      expected: "values that ./lab can read before Pulumi runs",
      remedy: "write these in plain text, or use `pulumi up` instead of ./lab",
    });
  }
  return labConfigOf(stack, config, directory);
}

/** Whether a place equals another or is inside it. */
export const isInside = (place: string, other: string): boolean =>
  place === other || place.startsWith(`${other}.`) || place.startsWith(`${other}[`);

/**
 * The complete config of a stack with an ESC environment. Environments are in Pulumi Cloud, so the
 * user has a Pulumi that is logged in.
 *
 * @throws UserError with Pulumi's message
 */
async function askOwnPulumi(stack: string, name: string): Promise<unknown> {
  const args = ["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"];
  const { failure, stdout, stderr } = await tryRun("pulumi", args, { cwd: projectDir });
  if (failure === "") return effectiveCluster(stdout);
  throw new UserError({
    place: name,
    found: `an ESC environment that cannot be read: ${stderr.trim() || failure}`,
    expected: "what `pulumi config` prints",
    remedy: "install pulumi, run `pulumi login`, and create the stack with `pulumi stack init`",
  });
}

/** The stacks that have a config file in this directory. */
async function stacksIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
}

/** What to do about a stack without a config file. */
export async function missingRemedy(stack: string, directory: string): Promise<string> {
  const near = suggestion(stack, await stacksIn(directory));
  return `copy Pulumi.dev.yaml there and give its networks other addresses${near}`;
}

async function readText(file: string, stack: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new UserError({
      place: file,
      found: "nothing",
      expected: `the config of the stack ${stack}`,
      remedy: await missingRemedy(stack, dirname(file)),
    });
  }
}
