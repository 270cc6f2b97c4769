import { enterNothing } from "../../place/place.ts";
import { openEngine } from "../../pulumi/engine.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Command } from "./command.ts";

/** `lab output` */
export const command: Command = {
  usage: "output [NAME] [options]",
  help: "Shows the stack's outputs, or one of them. Secrets are hidden unless --show-secrets is given.",
  options: {
    json: { type: "boolean", help: "as JSON" },
    "show-secrets": { type: "boolean", help: "in clear" },
  },
  words: [0, 1],
  wordsAre: "at most one NAME",
  run: async (session, { options, positionals }) => {
    const config = await readLabConfig(session.stack);
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
  },
};
