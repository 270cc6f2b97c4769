import { UserError } from "../../base/errors.ts";
import { lineFinder } from "../../config/messages/lineFinder.ts";
import { ConfigError, type ConfigProblem } from "../../config/messages/problem.ts";
import { encryptedPlaces } from "../../config/resolve/encrypted.ts";
import { gatherSurroundings } from "../../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../../config/resolve/labFrom.ts";
import { clusterIn, effectiveCluster, hasEnvironment } from "../../config/resolve/stackFile.ts";
import type { Lab } from "../../model/lab.ts";
import { type PlannedCluster, planCluster } from "../../plan/planCluster.ts";
import { readRecord } from "../../plan/record.ts";
import { outputsBefore } from "../access/access.ts";
import type { Engine } from "./engineInterface.ts";
import { stackConfigCopy } from "./stackConfig.ts";

export interface StackPlan extends Pick<PlannedCluster, "plan"> {
  /** The lab as configured. */
  readonly lab: Lab;
  /** `hardway:cluster` as written. */
  readonly raw: unknown;
  /** The error for these problems of the config, with their lines. */
  readonly errorOf: (problems: readonly ConfigProblem[]) => UserError;
}

/**
 * Plans the stack as the program will, from the same config and record, with the same functions.
 *
 * @throws UserError with all errors, as the program reports them
 */
export async function planStack(
  stack: string,
  engine: Pick<Engine, "env" | "output">,
): Promise<StackPlan> {
  const around = gatherSurroundings(stack, [], engine.env);
  const { name, text } = around.file;
  const raw = await clusterOf(stack, engine, name, text);
  try {
    const lab = labFrom(raw, around);
    const { plan, problems } = planCluster(lab, readRecord(await outputsBefore(engine), stack));
    if (problems.length > 0) throw new ConfigError(name, problems, lineFinder(text, raw));
    const errorOf = (found: readonly ConfigProblem[]) =>
      new UserError(new ConfigError(name, found, lineFinder(text, raw)).message);
    return { lab, plan, raw, errorOf };
  } catch (error) {
    throw error instanceof ConfigError ? new UserError(error.message) : error;
  }
}

/**
 * Reads the file, unless only the engine knows all values: encrypted ones, an ESC environment, or
 * no file.
 */
async function clusterOf(
  stack: string,
  engine: Pick<Engine, "output">,
  name: string,
  text: string | undefined,
): Promise<unknown> {
  if (text !== undefined && !hasEnvironment(name, text)) {
    const raw = clusterIn(name, text);
    if (encryptedPlaces(raw).length === 0) return raw;
  }
  const { file } = await stackConfigCopy(stack);
  return effectiveCluster(
    await engine.output(["config", "--json", "--show-secrets", "--config-file", file]),
  );
}
