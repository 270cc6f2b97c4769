/** Pulumi, ready to run on one stack in its environment. */
export interface Engine {
  /** Pulumi's complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Runs `pulumi ARGS` on the stack with its config and shows its output; returns the exit code.
   */
  run(args: readonly string[], options?: { asks?: boolean }): Promise<number>;
  /** Runs `pulumi ARGS --stack STACK` and returns its output. @throws UserError if it fails */
  output(args: readonly string[]): Promise<string>;
}
