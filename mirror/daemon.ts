import { parseArgs } from "node:util";
import { messageOf } from "../base/errors.ts";
import { listenWhenThere } from "./listen.ts";
import { createMirror } from "./server.ts";

/**
 * The mirror as a separate process: `node daemon.ts --cache DIR --address IP --port N [--of FILE]`.
 * `--of` is not read here: it marks the process as the lab's, for mirrorProcess.ts.
 */
const { values } = parseArgs({
  options: {
    cache: { type: "string" },
    address: { type: "string" },
    port: { type: "string" },
    of: { type: "string" },
  },
});
const { cache = "", address = "", port = "0" } = values;
const server = createMirror(cache);
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    stop.abort();
    server.close();
    server.closeAllConnections();
  });
}
try {
  const onWait = (message: string) => process.stdout.write(`${message}\n`);
  await listenWhenThere(server, { address, port: Number(port), signal: stop.signal, onWait });
  process.stdout.write(`serving ${cache} at http://${address}:${port}\n`);
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
