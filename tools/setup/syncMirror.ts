import { cacheDir, cachePaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { everyArtifact } from "../../config/resolve/labArtifacts.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { bringAll } from "./bring.ts";
import { catalogue, helpers } from "./catalogue.ts";
import { decide } from "./choose.ts";
import { withoutIdleHelpers } from "./ensure.ts";
import { artifactGroups } from "./mirrorParts.ts";
import { createReach } from "./reach.ts";

/**
 * The mirror has every artefact and image from its publisher, where that can be reached, even if one built here was there;
 * from its second source elsewhere.
 */
export async function syncMirror(session: Session, config: LabConfig): Promise<void> {
  const cache = cacheDir();
  const reach = createReach();
  const wanted = new Set<string>([...Object.keys(artifactGroups), "container-images", ...helpers]);
  const everything = { ...config, artifacts: everyArtifact };
  const all = catalogue({ cache, session, purposes: ["nodes"], config: everything, reach });
  const decisions = [];
  for (const choice of all.filter(({ name }) => wanted.has(name))) {
    const [first] = choice.candidates;
    const { available } = await first.available(new Map());
    // A publisher that answers is asked, whatever is here already from the second source.
    const candidates = available ? ([first] as const) : choice.candidates;
    decisions.push(...(await decide([{ ...choice, candidates }])));
  }
  const asked = withoutIdleHelpers(decisions);
  for (const { name, part, present, why } of asked) {
    if (present) session.terminal.say(`${name}: there, from ${part.from} (${why})`);
  }
  await bringAll(asked, session, cachePaths().locks);
}
