import { preflight } from "../../place/preflight.ts";
import { changesConfig } from "../../pulumi/engine.ts";
import { withStack } from "../../pulumi/stackRun.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab preview` */
export const runCommand: Implementation["runCommand"] = (session, { options, rest }) =>
  withStack(session, "preview", ["engine", "machines", "nodes"], async (run) => {
    if (!changesConfig(rest)) await preflight(session, run);
    const flags = ["diff", "refresh"].filter((flag) => options[flag] === true);
    return run.engine.run(["preview", ...flags.map((flag) => `--${flag}`), ...rest]);
  });
