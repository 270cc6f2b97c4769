import { UserError } from "./errors.ts";

/** The exit code after an interruption, as shells set it. */
export const interruptedExit = 130;
export const interruptedMessage = "interrupted; run the command again to continue";

/** The user stopped lab, by a signal or at a question. */
export class Interruption extends UserError {
  constructor(options?: ErrorOptions) {
    super(interruptedMessage, options);
  }
}

type Handler = (signal: NodeJS.Signals) => void;

let handler: Handler | undefined;

/**
 * Passes signals to `take` until the returned function is called. While pulumi runs, pulumi decides
 * when to stop.
 */
export function takeSignals(take: Handler): () => void {
  handler = take;
  return () => {
    handler = undefined;
  };
}

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP. A second signal ends the process, unless
 * `takeSignals` handles it.
 */
export function watchInterruption(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const again = controller.signal.aborted;
      controller.abort(new Interruption());
      if (handler) handler(signal);
      else if (again) process.exit(interruptedExit);
      else say("stopping; press Ctrl-C again to stop immediately");
    });
  }
  return controller.signal;
}
