import { quote, shown, suggestion } from "../../base/wording.ts";
import type { Hypervisor, Lab, LabNode } from "../../model/lab.ts";
import { guestsIn } from "../../model/machines.ts";
import { macOf } from "../../model/names.ts";
import { images } from "../../model/versions.ts";
import { lineFinder } from "../messages/lineFinder.ts";
import {
  ConfigError,
  type ConfigProblem,
  firstAtEachPlace,
  pathText,
  problemAt,
} from "../messages/problem.ts";
import { type Draft, salvage } from "../messages/salvage.ts";
import { nodeGroups } from "../rules/nodeGroups.ts";
import { withoutUnfit } from "../rules/unfitValues.ts";
import { type ClusterConfig, clusterSchema } from "../schema/clusterSchema.ts";
import { resolveAuthorities } from "./authorities.ts";
import { resolveImage } from "./baseImage.ts";
import { describedLab } from "./describedLab.ts";
import { resolveDomainType } from "./domainType.ts";
import { hypervisorsOf } from "./hypervisors.ts";
import { expandPath, keyFileFault } from "./keyFile.ts";
import { artifactChoices, resolveArtifacts } from "./labArtifacts.ts";
import { resolveManifests } from "./manifests.ts";
import { clusterProblems, fitCluster } from "./parseCluster.ts";
import type { Surroundings } from "./surroundings.ts";
import { resolveTexts } from "./texts.ts";

type Config = Draft<ClusterConfig>;

/**
 * The lab that `hardway:cluster` describes on this machine.
 *
 * @throws ConfigError with every error in the config and its surroundings
 */
export function labFrom(raw: unknown, surroundings: Surroundings): Lab {
  const { lab, problems } = resolveLab(raw, surroundings);
  if (lab !== undefined && problems.length === 0) return lab;
  const { name, text } = surroundings.file;
  throw new ConfigError(name, problems, lineFinder(text, raw));
}

export interface ResolvedLab {
  /** Undefined if a key has a wrong form. With problems, it is only good for more checks. */
  readonly lab?: Lab;
  readonly problems: readonly ConfigProblem[];
}

/** As `labFrom`, with the problems as a value. */
export function resolveLab(raw: unknown, surroundings: Surroundings): ResolvedLab {
  const { value, problems: unfit } = fitCluster(raw, surroundings.file.text);
  const sound = salvage(clusterSchema, value) ?? {};
  const { artifacts, problems: artifactProblems } = resolveArtifacts(
    artifactChoices(sound),
    surroundings.lock,
  );
  const machines = resolveMachines(sound, surroundings);
  const authorities = resolveAuthorities(sound.outside?.authorities ?? [], surroundings);
  const namespaces = Object.values(sound.people ?? {}).flatMap((one) => one?.namespace ?? []);
  const manifests = resolveManifests(sound.manifests ?? [], surroundings, namespaces);
  const texts = resolveTexts(sound, surroundings);
  const problems: ConfigProblem[] = [
    ...stackProblems(surroundings.stack),
    ...otherKeyProblems(surroundings.otherKeys),
    ...clusterProblems(raw, surroundings.file.text),
    ...withoutUnfit(keyFileProblems(sound, surroundings), unfit),
    ...machines.problems,
    ...authorities.problems,
    ...manifests.problems,
    ...texts.problems,
    ...artifactProblems,
  ];
  const config = clusterSchema.safeParse(raw).data;
  if (config === undefined) return { problems };
  const { stack, home, directory } = surroundings;
  const described = describedLab(stack, config, (path) => expandPath(path, home, directory));
  problems.push(...macProblems(stack, described.nodes));
  const lab: Lab = {
    ...described,
    machines: {
      image: machines.image,
      hypervisors: machines.hypervisors,
      emulatedCpus: config.machines.emulatedCpus,
    },
    outside: { ...config.outside, authorities: authorities.value },
    manifests: manifests.value,
    texts: texts.value,
    artifacts,
    images,
  };
  return { lab, problems };
}

/** The stack's name becomes a node label, directories and libvirt names. */
function stackProblems(stack: string): ConfigProblem[] {
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(stack)) {
    return [];
  }
  const message = `the name ${quote(stack)} must be at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends; run pulumi stack rename`;
  return [{ path: "stack", message }];
}

const otherKeyProblems = (keys: readonly string[]): ConfigProblem[] =>
  keys.map((path) => {
    const hint = suggestion(path, ["hardway:cluster"]) || "; every setting is in hardway:cluster";
    return { path: shown(path), message: `unknown key${hint}` };
  });

/**
 * A lab of existing machines alone creates none, so its settings for creating them do not matter.
 */
function resolveMachines(config: Config, surroundings: Surroundings) {
  const { machines = {}, nodes = {}, pools = {} } = config;
  const makesNone =
    Object.keys(pools).length === 0 &&
    Object.values(nodes).every((node) => node !== undefined && "host" in node);
  const hypervisors = hypervisorsOf(config).map((settings) => ({
    ...settings,
    type: resolveDomainType(settings, surroundings),
  }));
  const found = resolveImage(imageOf(machines.image), surroundings);
  return {
    hypervisors: hypervisors.flatMap(
      ({ name, uri, pool, bridge, domainType, type }): Hypervisor[] =>
        uri === undefined || pool === undefined
          ? []
          : [
              {
                ...(name === undefined ? {} : { name }),
                uri,
                domainType: type.value ?? "qemu",
                ...(domainType === "auto" ? { isTypeFoundOut: true } : {}),
                pool,
                ...(bridge === undefined ? {} : { bridge }),
              },
            ],
    ),
    image: found.image,
    problems: makesNone
      ? []
      : [
          ...firstAtEachPlace(hypervisors.flatMap(({ type }) => type.problems)),
          ...found.problems,
          ...diskProblems({ machines, nodes, pools }, found.virtualGiB ?? 0),
        ],
  };
}

/** A malformed image is reported elsewhere; the default allows the other checks to go on. */
const imageOf = (image: Draft<ClusterConfig["machines"]["image"]> | undefined) =>
  (image ?? "debian-12") as ClusterConfig["machines"]["image"];

/** A disk smaller than the image would truncate its file system. */
function diskProblems(config: Config, imageGiB: number): ConfigProblem[] {
  const rule = (size: number) => `${size} GiB is less than the image's ${imageGiB} GiB; raise it`;
  const common = config.machines?.diskGiB;
  const small = nodeGroups(config).flatMap(({ keys, settings: { diskGiB, host } }) =>
    host === undefined && diskGiB !== undefined && diskGiB < imageGiB
      ? [problemAt([...keys, "diskGiB"], rule(diskGiB))]
      : [],
  );
  return common !== undefined && common < imageGiB
    ? [problemAt(["machines", "diskGiB"], rule(common)), ...small]
    : small;
}

function keyFileProblems({ nodes = {} }: Config, surroundings: Surroundings): ConfigProblem[] {
  const checked = new Set<string>();
  return Object.entries(nodes).flatMap(([name, node]) => {
    const keyFile = node?.host?.keyFile;
    if (keyFile === undefined) {
      return [];
    }
    const path = expandPath(keyFile, surroundings.home, surroundings.directory);
    const fault = checked.has(path) ? undefined : keyFileFault(path, surroundings.look(path));
    checked.add(path);
    return fault === undefined ? [] : [problemAt(["nodes", name, "host", "keyFile"], fault)];
  });
}

/** MAC addresses are a 40-bit hash of the names, so two nodes can have the same, if rarely. */
function macProblems(stack: string, nodes: readonly LabNode[]): ConfigProblem[] {
  const owners = new Map<string, string>();
  return guestsIn(nodes).flatMap(({ name, keys }) => {
    const mac = macOf(stack, name);
    const owner = owners.get(mac);
    if (owner === undefined) {
      owners.set(mac, pathText(keys));
      return [];
    }
    return [
      problemAt(
        keys,
        `its MAC address ${mac} is also that of ${owner}; rename one of the two nodes`,
      ),
    ];
  });
}
