/** A channel could not be opened, so the command did not run and can be retried. */
export class Unstarted extends Error {
  /**
   * True if the server refused a channel on a working connection: its limit of channels is reached.
   */
  readonly isRefused: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isRefused = cause.message.includes("Channel open failure");
  }
}
