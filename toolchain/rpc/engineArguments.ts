/**
 * The engine's address (`host:port`) from a plugin's command line, where it stands last and alone:
 * before it there may be `--tracing URL`, `--logtostderr`, `--logflow`, `-v=N`, which change nothing here.
 */
export function engineAddress(argv: readonly string[]): string | undefined {
  return argv.findLast(
    (argument) => /^[^-\s][^\s]*:\d+$/.test(argument) && !argument.includes("//"),
  );
}
