/**
 * The engine's address (`host:port`) from a plugin's command line: the last argument, after options
 * without effect here (`--tracing URL`, `--logtostderr`, `--logflow`, `-v=N`).
 */
export function engineAddress(argv: readonly string[]): string | undefined {
  return argv.findLast(
    (argument) => /^[^-\s][^\s]*:\d+$/.test(argument) && !argument.includes("//"),
  );
}
