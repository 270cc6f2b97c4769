/** Pulumi, ready to run on one stack: with its environment, and where it reaches the lab. */
export interface Engine {
  /** The whole environment that pulumi gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `pulumi ARGS` on the stack with its config, for the person; returns its exit code. */
  run(args: readonly string[], options?: { asks?: boolean }): Promise<number>;
  /** Runs `pulumi ARGS --stack STACK` for what it prints. @throws UserError where it fails */
  output(args: readonly string[]): Promise<string>;
}
