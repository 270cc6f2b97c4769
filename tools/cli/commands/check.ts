import { checkLab } from "../../check/checkLab.ts";
import { renderReport } from "../../check/report.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab check` */
export const runCommand: Implementation["runCommand"] = async (session, { options }) => {
  const report = await checkLab(session);
  const text =
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report);
  process.stdout.write(text);
  return report.errors.length === 0 ? 0 : 1;
};
