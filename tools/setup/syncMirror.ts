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
 * Fills the mirror with every artifact and image: from the publisher if that can be reached, even
 * if a built one is present; else from the fallback source.
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
    // A reachable publisher replaces what came from the fallback source.
    const candidates = available ? ([first] as const) : choice.candidates;
    decisions.push(...(await decide([{ ...choice, candidates }])));
  }
  const asked = withoutIdleHelpers(decisions);
  for (const { name, part, present, why } of asked) {
    if (present) session.terminal.say(`${name}: there, from ${part.from} (${why})`);
  }
  await bringAll(asked, session, cachePaths().locks);
}
