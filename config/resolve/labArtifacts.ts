import { z } from "zod";
import type { Lab, LabArtifact } from "../../model/lab.ts";
import {
  type PodNetworkName,
  podNetworkArtifacts,
  podNetworkNames,
  type RuntimeName,
  runtimeNames,
} from "../../model/lab.ts";
import {
  type ArtifactName,
  type ArtifactSource,
  artifactKey,
  artifacts,
} from "../../model/versions.ts";
import type { ConfigProblem } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import { nodeGroups } from "../rules/nodeGroups.ts";
import { isNode } from "../rules/nodeRules.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import type { Surroundings } from "./surroundings.ts";

/** The fields of the mirror's lock that the program reads: the blob of each `<name>@<version>`. */
const lockSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      source: z.enum(["official", "built"]),
    }),
  ),
});

type Lock = z.infer<typeof lockSchema>["artifacts"];

/** Matches no file: the hash of an artifact that this lab does not download. */
const noHash = "0".repeat(64);

const remedy = "run ./lab mirror sync";

/** The settings that decide which files nodes download. */
export interface ArtifactChoices {
  readonly podNetworks: readonly PodNetworkName[];
  /** The runtimes of all nodes, without duplicates. */
  readonly runtimes: readonly RuntimeName[];
}

/** Every pod network and runtime: all artifacts that the mirror serves to any lab. */
export const everyArtifact: ArtifactChoices = {
  podNetworks: podNetworkNames,
  runtimes: runtimeNames,
};

export function artifactChoices(config: Draft<ClusterConfig>): ArtifactChoices {
  const runtimes = nodeGroups(config).flatMap(({ count, settings }) => {
    const runtime = settings.runtime ?? config.runtime;
    return runtime === undefined || count === 0 || !isNode(settings) ? [] : [runtime];
  });
  const plugin = config.network?.plugin;
  return {
    podNetworks: plugin === undefined ? [] : [plugin],
    runtimes: [...new Set(runtimes)],
  };
}

/** Whether a lab's nodes download an artifact, or one of the group of that name. */
export function isWanted(name: string, { podNetworks, runtimes }: ArtifactChoices): boolean {
  const ofPodNetworks = Object.values(podNetworkArtifacts).flat();
  if (ofPodNetworks.includes(name)) {
    return podNetworks.some((podNetwork) => podNetworkArtifacts[podNetwork].includes(name));
  }
  const isRuntime = runtimeNames.some((runtime) => runtime === name);
  return !isRuntime || runtimes.some((runtime) => runtime === name);
}

/**
 * Every artifact with its hash: the one in the mirror's lock, which `mirror sync` has checked, else
 * the pinned one. An artifact built here may differ from the pinned hash; a downloaded one may not.
 */
export function resolveArtifacts(
  choices: ArtifactChoices,
  { path, text }: Surroundings["lock"],
): { artifacts: Lab["artifacts"]; problems: ConfigProblem[] } {
  const lock = readLock(text);
  const missing: string[] = [];
  const problems: ConfigProblem[] = [];
  if (lock === undefined) {
    problems.push({
      path,
      message: `is not a lock file of the mirror; move the file elsewhere and ${remedy}`,
    });
  }
  const resolved = Object.entries<ArtifactSource>(artifacts).map(
    ([name, { version, file, url, sha256: pinned }]): [string, LabArtifact] => {
      const key = artifactKey(name, { version });
      const entry = Object.hasOwn(lock ?? {}, key) ? lock?.[key] : undefined;
      const sha256 = entry?.sha256 ?? pinned;
      if (sha256 === undefined && isWanted(name, choices)) {
        missing.push(key);
      }
      if (entry?.source === "official" && pinned !== undefined && entry.sha256 !== pinned) {
        const message = `records sha256 ${entry.sha256} for ${key}, versions.ts pins ${pinned}; move the file elsewhere and ${remedy}`;
        problems.push({ path, message });
      }
      return [name, { version, file, url, sha256: sha256 ?? noHash }];
    },
  );
  if (missing.length > 0 && lock !== undefined) {
    const message = `has no sha256 for ${missing.join(", ")}; ${remedy}`;
    problems.push({ path, message, fixedBySetup: true });
  }
  return { artifacts: Object.fromEntries(resolved) as Record<ArtifactName, LabArtifact>, problems };
}

/** An empty lock if the file does not exist; undefined if it is malformed. */
function readLock(text: string | undefined): Lock | undefined {
  if (text === undefined) {
    return {};
  }
  try {
    return lockSchema.safeParse(JSON.parse(text)).data?.artifacts;
  } catch {
    return undefined;
  }
}
