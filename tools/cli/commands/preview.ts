import { preflight } from "../../place/preflight.ts";
import { withStack } from "../../pulumi/stackRun.ts";
import type { Command } from "./command.ts";

/** `lab preview` */
export const command: Command = {
  usage: "preview [options] [-- PULUMI-OPTIONS]",
  help: `Shows what \`./lab up\` would change, and changes nothing. \`./lab output\` shows the stack's outputs, which are
left out here.`,
  options: {
    diff: { type: "boolean", help: "show every changed line" },
    refresh: { type: "boolean", help: "look at what is really there first" },
  },
  takesRest: true,
  log: "lab",
  run: (session, { options, rest }) =>
    withStack(session, "preview", ["engine", "machines", "nodes"], async (run) => {
      await preflight(session, run);
      const flags = ["diff", "refresh"].filter((flag) => options[flag] === true);
      return run.engine.run(["preview", ...flags.map((flag) => `--${flag}`), ...rest]);
    }),
};
