import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { clusterProblems } from "../../config/resolve/parseCluster.ts";
import featureGates from "../../config/upstream/featureGates.json" with { type: "json" };
import { otherPaths } from "../../model/managed/paths.ts";
import { versions } from "../../model/versions.ts";
import { type Example, examples } from "./examples.ts";

/** The page that this file writes, by its path in the repository. */
export const refusalsPage = "docs/refusals.md";

const base = { nodes: { cp: { roles: ["control-plane"], address: "10.17.0.11" } } };

/** The errors of an example, as `./lab check` prints them. */
export const errorsOf = ({ yaml }: Example): string[] =>
  clusterProblems({ ...base, ...(parse(yaml) as object) }).map(
    ({ path, message }) => `${path}: ${message}`,
  );

const exampleText = (example: Example): string => `**${example.why}.**

\`\`\`yaml
${example.yaml}
\`\`\`

\`\`\`
${errorsOf(example).join("\n")}
\`\`\`
`;

const lockedGates = Object.entries(featureGates.gates)
  .filter(([, gate]) => "locked" in gate)
  .map(([name, gate]) => `\`${name}\` (${gate.default})`);

/** Renders docs/refusals.md: examples with the errors that the rules give today. */
export function renderRefusals(): string {
  const sections = Object.entries(examples).map(
    ([title, rows]) => `## ${title}\n\n${rows.map(exampleText).join("\n")}`,
  );
  return `# What hardway refuses, and why

<!-- Written by docs/refusals/writeRefusals.ts, not by hand. -->

A mistake in a config must not reach a node. \`./lab check\` reports every mistake in one run, with its line, the rule and what to
do; \`./lab preview\` and \`./lab up\` start with the same check. Plain \`pulumi preview\` and \`pulumi up\` apply the same rules.

hardway checks in two ways:

- **Rules** compare settings with each other. They need nothing but the config. For components they are the components' own
  validation, taken from the sources of the pinned versions; a test gives each rule, and a near-by value that is right, to the real
  program.
- **Dry runs** start the pinned kubelet, kube-proxy, API server, controller manager, scheduler and etcd with the config that their nodes
  will have. Each validates its config, and then stops at a file or an address that is missing on purpose. A dry run needs no
  privileges, changes nothing and takes a fraction of a second; its result is kept. Before the mirror has the program, there is no dry run, and
  \`./lab check\` says so.

On two quiet cores \`./lab check\` took 0.9 to 1.2 s for the labs \`dev\`, \`ha\` and \`from-scratch\`, and 0.9 s for a lab of 200
nodes, both with results of dry runs that were kept; 0.7 to 0.9 s of it is processor time (2026-11-30, commit d8020d8).

An existing cluster refuses more: other networks of pods or Services, another place of a node in \`network.nodes\`, moved or renamed
machines, disks whose data would be lost, and fewer etcd members than a quorum. \`allow\` in the config permits the last one;
the others would break the cluster. [labs.md](labs.md#changes-one-at-a-time) says how to do each instead.

What only the machine knows is found on the machine: commands and the cgroup version in the first step, before anything is
installed; the rest when the component starts. The step then fails with the component's own last words.

The examples below are configs with one control plane, \`nodes.cp\`, and the errors are those that hardway prints.

${sections.join("\n")}
## Locked feature gates

Kubernetes ${versions.kubernetes} accepts these feature gates only at the value in parentheses: ${lockedGates.join(", ")}.

## Paths that files cannot have

| path (regular expression) | why, or what to do instead |
|---|---|
${otherPaths.map(([form, why]) => `| \`${form.source.replaceAll("|", "\\|")}\` | ${why} |`).join("\n")}
`;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../..", refusalsPage), renderRefusals());
}
