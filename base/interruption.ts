import { UserError } from "./errors.ts";

/** What lab ends with when it was interrupted, as shells have it. */
export const interruptedExit = 130;
export const interruptedMessage = "interrupted; run it again to go on from there";

/** The person stopped lab, by a signal or where it asked them. */
export class Interruption extends UserError {
  constructor(options?: ErrorOptions) {
    super(interruptedMessage, options);
  }
}

type Handler = (signal: NodeJS.Signals) => void;

let handler: Handler | undefined;

/**
 * Hands Ctrl-C and its kin to `take` until the returned function is called: while pulumi runs, it decides when to end.
 */
export function takeSignals(take: Handler): () => void {
  handler = take;
  return () => {
    handler = undefined;
  };
}

/** Fires with the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once, unless it was handed over. */
export function watchInterruption(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const again = controller.signal.aborted;
      controller.abort(new Interruption());
      if (handler) handler(signal);
      else if (again) process.exit(interruptedExit);
      else say("stopping; a second Ctrl-C ends at once");
    });
  }
  return controller.signal;
}
