import type { LogLine } from "../../../toolchain/rpc/engine.ts";
import type { Operation } from "../../../toolchain/rpc/provider.ts";

export interface TestOperation extends Operation {
  /** The lines logged to the engine. */
  readonly lines: Omit<LogLine, "urn">[];
}

/** An operation in the server's form, which keeps the logged lines. */
export function testOperation(
  type: string,
  name = "step",
  signal: AbortSignal = new AbortController().signal,
): TestOperation {
  const lines: Omit<LogLine, "urn">[] = [];
  return {
    urn: `urn:pulumi:test::hardway::${type}::${name}`,
    name,
    type,
    signal,
    lines,
    log: (line) => {
      lines.push(line);
      return Promise.resolve();
    },
  };
}
