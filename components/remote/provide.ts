import type { PlannedArtifact } from "../../plan/clusterPlan.ts";

/**
 * The lines that install an artefact at its versioned path and link its programs into place.
 *
 * @param programs path inside the artefact → link, e.g. `bin/containerd` →
 * `/usr/local/bin/containerd`
 */
export function provide(
  artifact: PlannedArtifact,
  programs: Readonly<Record<string, string>>,
): string {
  const { name, version, sha256, file, urls, environment = {} } = artifact;
  const told = Object.entries(environment).map(([variable, value]) => `${variable}=${value} \\\n`);
  return `${told.join("")}provide ${name} ${version} ${sha256} ${file} \\
  ${urls.join(" \\\n  ")}
${Object.entries(programs)
  .map(([source, target]) => `link "$home/${source}" ${target}\n`)
  .join("")}prune ${name}
`;
}
