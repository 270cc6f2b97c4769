import { requireSound } from "../../check/checkLab.ts";
import { refuseInside } from "../../place/place.ts";
import { preflight } from "../../place/preflight.ts";
import { changesConfig } from "../../pulumi/engine.ts";
import { withStack } from "../../pulumi/stackRun.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab preview` */
export const runCommand: Implementation["runCommand"] = async (session, { options, rest }) => {
  refuseInside(session, "preview");
  const isWholeConfig = !changesConfig(rest);
  const isChecked = isWholeConfig && (await requireSound(session, "preview"));
  return withStack(session, "preview", ["engine", "machines", "nodes"], async (run) => {
    if (isWholeConfig && !isChecked) await preflight(session, run);
    const flags = ["diff", "refresh"].filter((flag) => options[flag] === true);
    return run.engine.run(["preview", ...flags.map((flag) => `--${flag}`), ...rest]);
  });
};
