import { parse } from "yaml";
import { messageOf, PersonError } from "../../base/errors.ts";
import { ConfigError } from "../../config/messages/problem.ts";
import { gatherSurroundings } from "../../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../../config/resolve/labFrom.ts";
import type { Lab } from "../../model/lab.ts";

/**
 * The lab of a stack as its file says, without the engine: what `lab` needs before or beside a run. Undefined where
 * only the engine can tell: no such file, or something in it is encrypted.
 *
 * @param environment as the Pulumi program will get it
 * @throws PersonError with every mistake in the config at once
 */
export function labOfStack(
  stack: string,
  environment: Readonly<Record<string, string | undefined>>,
): Lab | undefined {
  const surroundings = gatherSurroundings(stack, [], environment);
  const { name, text } = surroundings.file;
  if (text === undefined || /\bsecure:\s/.test(text)) {
    return undefined;
  }
  try {
    const file = parse(text) as { config?: Record<string, unknown> } | null;
    return labFrom(file?.config?.["hardway:cluster"], surroundings);
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : `${name}: ${messageOf(error)}`;
    throw new PersonError(message);
  }
}
