import { enterNothing } from "../../place/place.ts";
import { openEngine } from "../../pulumi/engine.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { requireStack } from "../../pulumi/neverMade.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab output` */
export const runCommand: Implementation["runCommand"] = async (
  session,
  { options, positionals },
) => {
  const config = await readLabConfig(session.stack);
  await requireStack(session.stack);
  await ensureSetup(session, ["engine"], { ...config, makesMachines: false });
  const engine = await openEngine(session, config, enterNothing);
  const flags = ["json", "show-secrets"].filter((flag) => options[flag] === true);
  const text = await engine.output([
    "stack",
    "output",
    ...positionals,
    ...flags.map((flag) => `--${flag}`),
  ]);
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
};
