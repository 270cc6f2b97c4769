import { fileRemedy, messageOf, UserError } from "../../base/errors.ts";
import { Interruption, interruptedExit, interruptedMessage } from "../../base/interruption.ts";
import type { Log } from "../../base/log.ts";

export interface Explanation {
  readonly log: Log;
  readonly verbose: boolean;
  /** True where lab was told by a signal to stop: whatever else it says, it failed by that. */
  readonly stopped: boolean;
}

/** Tells on standard error why a run failed, in one clear message; its stack goes to the log. Returns the exit code. */
export function explain(error: unknown, { log, verbose, stopped }: Explanation): number {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.write(stack);
  if (stopped || error instanceof Interruption) {
    process.stderr.write(`lab: ${interruptedMessage}\n`);
    return interruptedExit;
  }
  const remedy = fileRemedy(error);
  if (isUserError(error) || remedy !== undefined) {
    process.stderr.write(`lab: ${messageOf(error)}${remedy === undefined ? "" : `; ${remedy}`}\n`);
    return 1;
  }
  process.stderr.write(
    verbose
      ? `lab: ${stack}\n`
      : `lab: ${messageOf(error)}\nlab: this is a defect of lab; its stack is in ${log.path}\n`,
  );
  return 1;
}

/** A mistake that a person can mend, be it in the config or anywhere else. */
function isUserError(error: unknown): boolean {
  return error instanceof UserError || (error instanceof Error && error.name === "ConfigError");
}
