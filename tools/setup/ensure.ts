import { cacheDir, cachePaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { bringAll } from "./bring.ts";
import { type CatalogueOptions, catalogue, helpers, type Purpose } from "./catalogue.ts";
import { type Decision, decide } from "./choose.ts";
import { createReach } from "./reach.ts";

export type { Purpose } from "./catalogue.ts";

/** Decides what setup would do for each part, without doing it. */
export async function planSetup(
  session: Session,
  purposes: readonly Purpose[],
  config: CatalogueOptions["config"],
): Promise<Decision[]> {
  const reach = createReach();
  const options = { cache: cacheDir(), session, purposes, config, reach };
  const decisions = await decide(catalogue(options));
  return withoutIdleHelpers(decisions);
}

/** Leaves out helpers that no missing part needs. */
export function withoutIdleHelpers(decisions: readonly Decision[]): Decision[] {
  const needed = new Set(
    decisions.flatMap(({ part, present }) => (present ? [] : (part.needs ?? []))),
  );
  const isHelper = (name: string) => (helpers as readonly string[]).includes(name);
  return decisions.filter(({ name }) => !isHelper(name) || needed.has(name));
}

/** Installs what the purposes need and this machine lacks. Prints nothing if nothing is missing. */
export async function ensureSetup(
  session: Session,
  purposes: readonly Purpose[],
  config: CatalogueOptions["config"],
): Promise<void> {
  const decisions = await planSetup(session, purposes, config);
  const missing = decisions.filter(({ present }) => !present);
  if (missing.length === 0) return;
  session.terminal.say(
    `setup: ${missing.length} of ${decisions.length} parts are missing; the log is ${session.log.path}`,
  );
  await bringAll(decisions, session, cachePaths().locks);
}
