import { suggestion } from "../../base/wording.ts";
import { gatewayOf } from "../../model/addresses.ts";
import type { Hypervisor, Lab, LabNode } from "../../model/lab.ts";
import { macOf } from "../../model/names.ts";
import { images } from "../../model/versions.ts";
import { lineFinder } from "../messages/lineFinder.ts";
import { ConfigError, type ConfigProblem, problemAt } from "../messages/problem.ts";
import { type Draft, salvage } from "../messages/salvage.ts";
import { nodeGroups } from "../rules/nodeGroups.ts";
import { type ClusterConfig, clusterSchema } from "../schema/clusterSchema.ts";
import { resolveAuthorities } from "./authorities.ts";
import { resolveImage } from "./baseImage.ts";
import { resolveDomainType } from "./domainType.ts";
import { hypervisorsOf } from "./hypervisors.ts";
import { expandPath, keyFileFault } from "./keyFile.ts";
import { artifactChoices, resolveArtifacts } from "./labArtifacts.ts";
import { resolveManifests } from "./manifests.ts";
import { clusterProblems, resolveNodes } from "./parseCluster.ts";
import type { Surroundings } from "./surroundings.ts";
import { resolveTexts } from "./texts.ts";

type Config = Draft<ClusterConfig>;

/**
 * The lab that `hardway:cluster` describes in these surroundings.
 *
 * @throws ConfigError with everything that is wrong in either, at once
 */
export function labFrom(raw: unknown, around: Surroundings): Lab {
  const sound = salvage(clusterSchema, raw) ?? {};
  const { artifacts, problems: artifactProblems } = resolveArtifacts(
    artifactChoices(sound),
    around.lock,
  );
  const machines = resolveMachines(sound, around);
  const authorities = resolveAuthorities(sound.outside?.authorities ?? [], around);
  const namespaces = Object.values(sound.people ?? {}).flatMap((one) => one?.namespace ?? []);
  const manifests = resolveManifests(sound.manifests ?? [], around, namespaces);
  const texts = resolveTexts(sound, around);
  const problems = [
    ...stackProblems(around.stack),
    ...otherKeyProblems(around.otherKeys),
    ...clusterProblems(raw, around.file.text),
    ...keyFileProblems(sound, around),
    ...machines.problems,
    ...authorities.problems,
    ...manifests.problems,
    ...texts.problems,
    ...artifactProblems,
  ];
  const config = clusterSchema.safeParse(raw).data;
  const nodes = config === undefined ? [] : resolveNodes(config);
  problems.push(...macProblems(around.stack, nodes));
  if (problems.length > 0 || config === undefined) {
    throw new ConfigError(around.file.name, problems, lineFinder(around.file.text, raw));
  }
  return {
    name: around.stack,
    network: config.network,
    api: config.api,
    machines: {
      image: machines.image,
      hypervisors: machines.hypervisors,
      emulatedCpus: config.machines.emulatedCpus,
    },
    ingress: config.ingress,
    ssh: config.ssh,
    certificates: config.certificates,
    people: config.people,
    mirrorAddress: config.mirrorAddress ?? gatewayOf(config.network),
    outside: { ...config.outside, authorities: authorities.value },
    manifests: manifests.value,
    texts: texts.value,
    mirrorPort: config.mirrorPort,
    nodes: nodes.map((node) => withKeyPath(node, around)),
    artifacts,
    images,
  };
}

const withKeyPath = (node: LabNode, { home, directory }: Surroundings): LabNode =>
  node.host === undefined
    ? node
    : {
        ...node,
        host: { ...node.host, keyFile: expandPath(node.host.keyFile, home, directory) },
      };

/** The stack names the lab: it stands in a node's label, in directories and in names of libvirt's. */
function stackProblems(stack: string): ConfigProblem[] {
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(stack)) {
    return [];
  }
  const message = `the name ${JSON.stringify(stack)} must be at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends; run pulumi stack rename`;
  return [{ path: "stack", message }];
}

const otherKeyProblems = (keys: readonly string[]): ConfigProblem[] =>
  keys.map((path) => {
    const hint = suggestion(path, ["hardway:cluster"]) || "; everything stands in hardway:cluster";
    return { path, message: `unknown key${hint}` };
  });

/** A lab of existing hosts alone makes no machine, so nothing about making them matters to it. */
function resolveMachines(config: Config, around: Surroundings) {
  const { machines = {}, nodes = {}, pools = {} } = config;
  const makesNone =
    Object.keys(pools).length === 0 &&
    Object.values(nodes).every((node) => node !== undefined && "host" in node);
  const hypervisors = hypervisorsOf(config).map((settings) => ({
    ...settings,
    type: resolveDomainType(settings, around),
  }));
  const found = resolveImage(imageOf(machines.image), around);
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

/** What is said once for all hypervisors is told once. */
const firstAtEachPlace = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  problems.filter(
    ({ path }, index) => problems.findIndex((problem) => problem.path === path) === index,
  );

/** A malformed image is told elsewhere; the default stands in for it so that the rest is looked at. */
const imageOf = (image: Draft<ClusterConfig["machines"]["image"]> | undefined) =>
  (image ?? "debian-12") as ClusterConfig["machines"]["image"];

/** A disk smaller than the image would be cut off in the middle of its file system. */
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

function keyFileProblems({ nodes = {} }: Config, around: Surroundings): ConfigProblem[] {
  const told = new Set<string>();
  return Object.entries(nodes).flatMap(([name, node]) => {
    const keyFile = node?.host?.keyFile;
    if (keyFile === undefined) {
      return [];
    }
    const path = expandPath(keyFile, around.home, around.directory);
    const fault = told.has(path) ? undefined : keyFileFault(path, around.look(path));
    told.add(path);
    return fault === undefined ? [] : [problemAt(["nodes", name, "host", "keyFile"], fault)];
  });
}

/** Addresses of network cards made here follow from names by a hash of 40 bits: hardly ever, two names have the same. */
function macProblems(stack: string, nodes: readonly LabNode[]): ConfigProblem[] {
  const owners = new Map<string, string>();
  const guests = nodes.filter(({ host }) => host === undefined);
  return guests.flatMap(({ name, path }) => {
    const mac = macOf(stack, name);
    const owner = owners.get(mac);
    if (owner === undefined) {
      owners.set(mac, path);
      return [];
    }
    return [{ path, message: `its MAC address ${mac} is ${owner}'s too; give one another name` }];
  });
}
