import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { codeOf, PersonError } from "../../base/errors.ts";
import { projectDir } from "../../base/paths.ts";
import { lineFinder } from "../../config/messages/lineFinder.ts";
import { ConfigError } from "../../config/messages/problem.ts";
import { hypervisorsOf } from "../../config/resolve/hypervisors.ts";
import { expandPath } from "../../config/resolve/keyFile.ts";
import { type ArtifactChoices, artifactChoices } from "../../config/resolve/labArtifacts.ts";
import { clusterProblems, resolveNodes } from "../../config/resolve/parseCluster.ts";
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
 * @throws ConfigError with every mistake at once; PersonError where there is no such file or it is not YAML
 */
export async function readLabConfig(
  stack: string,
  directory: string = projectDir,
): Promise<LabConfig> {
  const name = `Pulumi.${stack}.yaml`;
  const file = join(directory, name);
  const text = await readText(file, stack);
  let whole: { config?: Record<string, unknown> } | null;
  try {
    whole = parse(text) as typeof whole;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new PersonError(`${name}: is not YAML: ${error.message}`, { cause: error });
  }
  const raw = whole?.config?.["hardway:cluster"];
  const problems = clusterProblems(raw);
  const config = clusterSchema.safeParse(raw).data;
  if (problems.length > 0 || config === undefined) {
    throw new ConfigError(name, problems, lineFinder(text, raw));
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

async function readText(file: string, stack: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new PersonError({
      place: file,
      found: "nothing",
      expected: `the config of the stack ${stack}`,
      remedy: "copy Pulumi.dev.yaml there and give its networks other addresses",
    });
  }
}
