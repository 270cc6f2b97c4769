import { fileRemedy, longestMessage, messageOf, UserError } from "../../base/errors.ts";
import { Interruption, interruptedExit, interruptedMessage } from "../../base/interruption.ts";
import type { Log } from "../../base/log.ts";
import { withoutSecrets } from "../../base/secrets.ts";
import { shortened } from "../../base/wording.ts";

export interface Explanation {
  readonly log: Log;
  readonly verbose: boolean;
  /** True if a signal stopped lab; any other error is a consequence. */
  readonly stopped: boolean;
}

/** Prints the reason of a failure to standard error and logs the stack. Returns the exit code. */
export function explain(error: unknown, { log, verbose, stopped }: Explanation): number {
  const stack = withoutSecrets(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  log.write(stack);
  if (stopped || error instanceof Interruption) {
    process.stderr.write(`lab: ${interruptedMessage}\n`);
    return interruptedExit;
  }
  const remedy = fileRemedy(error);
  if (isUserError(error) || remedy !== undefined) {
    process.stderr.write(
      `lab: ${shownMessage(error)}${remedy === undefined ? "" : `; ${remedy}`}\n`,
    );
    return 1;
  }
  process.stderr.write(
    verbose
      ? `lab: ${stack}\n`
      : `lab: ${shownMessage(error)}\nlab: this is a defect of lab; the stack trace is in ${log.path}\n`,
  );
  return 1;
}

const shownMessage = (error: unknown): string =>
  shortened(withoutSecrets(messageOf(error)), longestMessage);

/** Whether the user can fix the error, in the config or elsewhere. */
function isUserError(error: unknown): boolean {
  return error instanceof UserError || (error instanceof Error && error.name === "ConfigError");
}
