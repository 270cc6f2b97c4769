import { columns } from "../../../base/textTable.ts";
import { refuseInside } from "../../place/place.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { ensureSetup, type Purpose, planSetup } from "../../setup/ensure.ts";
import type { Command } from "./command.ts";

const purposes: readonly Purpose[] = ["engine", "machines", "nodes"];

/** `lab setup` */
export const command: Command = {
  usage: "setup [--list]",
  help: `Brings everything that \`./lab up\` needs and this machine lacks: official releases where they can be reached, else
the second sources of toolchain/ (its README says which). Interrupt it anywhere and run it again.`,
  options: {
    list: { type: "boolean", help: "only show each part, the source that would be used, and why" },
  },
  run: async (session, { options }) => {
    const config = await readLabConfig(session.stack);
    if (options.list !== true) {
      refuseInside("setup");
      await ensureSetup(session, purposes, config);
      session.terminal.say("setup: everything is there");
      return 0;
    }
    const rows = (await planSetup(session, purposes, config)).map(({ part, present, why }) => [
      part.name,
      present ? "there" : "missing",
      part.describe,
      part.from,
      why,
    ]);
    const head = ["PART", "STATE", "WHAT", "SOURCE", "WHY"];
    process.stdout.write(`${columns([head, ...rows])}\n`);
    return 0;
  },
};
