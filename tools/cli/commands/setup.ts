import { columns } from "../../../base/textTable.ts";
import { refuseInside } from "../../place/place.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import { ensureSetup, type Purpose, planSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";

const purposes: readonly Purpose[] = ["engine", "machines", "nodes"];

/** `lab setup` */
export const runCommand: Implementation["runCommand"] = async (session, { options }) => {
  const config = await readLabConfig(session.stack);
  if (options.list !== true) {
    refuseInside(session, "setup");
    await ensureSetup(session, purposes, config);
    session.terminal.say("setup: nothing is missing");
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
};
