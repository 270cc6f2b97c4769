import { join } from "node:path";
import { Writable } from "node:stream";
import { openLog } from "../../../base/log.ts";
import type { Session } from "../../../base/session.ts";
import { Terminal } from "../../../base/terminal.ts";
import { temporaryDirectory } from "./temporary.ts";

/** A session without a terminal, and its output. */
export function testSession(signal: AbortSignal = new AbortController().signal) {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(...chunk.toString().trimEnd().split("\n"));
      done();
    },
  });
  const log = openLog(join(temporaryDirectory(), "log"), "test");
  const terminal = new Terminal(log, {
    stream: stream as unknown as NodeJS.WriteStream,
  });
  const session: Session = { stack: "test", yes: true, verbose: false, log, terminal, signal };
  return { session, lines };
}
