import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { codeOf, UserError } from "../../base/errors.ts";
import { projectDir } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import { lineFinder } from "../../config/messages/lineFinder.ts";
import { ConfigError, pathText } from "../../config/messages/problem.ts";
import { hypervisorsOf } from "../../config/resolve/hypervisors.ts";
import { expandPath } from "../../config/resolve/keyFile.ts";
import { type ArtifactChoices, artifactChoices } from "../../config/resolve/labArtifacts.ts";
import { clusterProblems, resolveNodes } from "../../config/resolve/parseCluster.ts";
import {
  clusterIn,
  effectiveCluster,
  encryptedPlaces,
  hasEnvironment,
  withoutEncrypted,
} from "../../config/resolve/stackFile.ts";
import { type ClusterConfig, clusterSchema } from "../../config/schema/clusterSchema.ts";
import { gatewayOf } from "../../model/addresses.ts";

/** A libvirt that the config names. */
export interface LabHypervisor {
  /** As the config calls it; unset for the only one of a lab that names none. */
  readonly name?: string | undefined;
  readonly uri: string;
  /** Directory of its machines' disks; each lab has its own folder there. */
  readonly pool: string;
  /** The nodes whose machines it makes, by name. */
  readonly nodes: readonly string[];
}

/** What lab must know of a stack's config before the program runs. */
export interface LabConfig {
  /** The file's path. */
  readonly file: string;
  /** Where the mirror listens. */
  readonly mirrorAddress: string;
  readonly mirrorPort: number;
  readonly hypervisors: readonly LabHypervisor[];
  /** Of the host, where machines hang on one that is there already. */
  readonly bridge: string | undefined;
  /** False where every node is a host that exists already. */
  readonly makesMachines: boolean;
  readonly image: ClusterConfig["machines"]["image"];
  readonly artifacts: ArtifactChoices;
  readonly nodeCount: number;
  /** Absolute paths of the private keys by which hosts that exist already are reached, by node. */
  readonly keyFiles: Readonly<Record<string, string>>;
}

/**
 * Reads and checks `Pulumi.<stack>.yaml`, so that a mistake in it is told before anything is brought or made.
 *
 * @throws ConfigError with every mistake at once; UserError where there is no such file or it is not YAML
 */
export async function readLabConfig(
  stack: string,
  directory: string = projectDir,
): Promise<LabConfig> {
  const name = `Pulumi.${stack}.yaml`;
  const file = join(directory, name);
  const text = await readText(file, stack);
  const raw = hasEnvironment(text) ? await askOwnPulumi(stack, name) : clusterIn(name, text);
  const encrypted = encryptedPlaces(raw).map(pathText);
  const plain = withoutEncrypted(raw);
  // What is encrypted, and what depends on it, is checked by the program, for which Pulumi decrypts it.
  const problems = clusterProblems(plain, text).filter(
    ({ path }) => !encrypted.some((place) => isInside(path, place) || isInside(place, path)),
  );
  const config = clusterSchema.safeParse(plain).data;
  if (problems.length > 0) throw new ConfigError(name, problems, lineFinder(text, raw));
  if (config === undefined) {
    throw new UserError({
      place: name,
      found: `encrypted values that a lab can't do without: ${encrypted.join(", ")}`,
      expected: "values that ./lab can read before Pulumi runs",
      remedy: "write these in plain text, or use `pulumi up` instead of ./lab",
    });
  }
  const nodes = resolveNodes(config);
  return {
    file,
    mirrorAddress: config.mirrorAddress ?? gatewayOf(config.network),
    mirrorPort: config.mirrorPort,
    hypervisors: hypervisorsOf(config).map(({ name, uri = "", pool = "" }) => ({
      name,
      uri,
      pool,
      nodes: nodes
        .filter(({ host, hypervisor }) => host === undefined && hypervisor === name)
        .map((node) => node.name),
    })),
    bridge: config.network.bridge,
    makesMachines: nodes.some(({ host }) => host === undefined),
    image: config.machines.image,
    artifacts: artifactChoices(config),
    nodeCount: nodes.length,
    keyFiles: Object.fromEntries(
      nodes.flatMap(({ name, host }) =>
        host === undefined ? [] : [[name, expandPath(host.keyFile, homedir(), directory)]],
      ),
    ),
  };
}

/** Whether a place is another one, or inside it. */
const isInside = (place: string, other: string): boolean =>
  place === other || place.startsWith(`${other}.`) || place.startsWith(`${other}[`);

/**
 * The whole config of a stack with an ESC environment. Environments are in Pulumi Cloud, so the user has a Pulumi that is logged in.
 *
 * @throws UserError in Pulumi's words
 */
async function askOwnPulumi(stack: string, name: string): Promise<unknown> {
  const args = ["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"];
  const { failure, stdout, stderr } = await tryRun("pulumi", args, { cwd: projectDir });
  if (failure === "") return effectiveCluster(stdout);
  throw new UserError({
    place: name,
    found: `an ESC environment that can't be read: ${stderr.trim() || failure}`,
    expected: "what `pulumi config` prints",
    remedy: "install pulumi, run `pulumi login`, and create the stack with `pulumi stack init`",
  });
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
      remedy: "copy Pulumi.dev.yaml there and give its networks other addresses",
    });
  }
}
