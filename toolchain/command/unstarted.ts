/** A channel could not be opened, so nothing has been run and it may be tried again. */
export class Unstarted extends Error {
  /** True when the server refused a channel on a connection that works: it allows no more at a time. */
  readonly isRefused: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isRefused = cause.message.includes("Channel open failure");
  }
}
