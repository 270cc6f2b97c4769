/**
 * The running calls, each with a signal that Ctrl-C (the Cancel call) and the call's time limit
 * abort.
 */
export class Operations {
  readonly #cancelled = new AbortController();

  /** Aborts every running call, and each later one at once. */
  cancel(): void {
    this.#cancelled.abort(new Error("cancelled"));
  }

  /**
   * Runs `body` with a signal.
   *
   * @param seconds the time limit; 0 means none
   * @param verb the operation's name for the error: `create`
   */
  async run<T>(
    { verb, seconds }: { verb: string; seconds: number },
    body: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (seconds <= 0) return body(this.#cancelled.signal);
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(new Error(`${verb} took longer than its customTimeouts allow: ${seconds} s`));
    }, seconds * 1000);
    try {
      return await body(AbortSignal.any([this.#cancelled.signal, late.signal]));
    } finally {
      clearTimeout(timer);
    }
  }
}
