import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, PersonError } from "../personError.ts";

/**
 * Listens as soon as the address exists: the gateway's appears when the program has made the network, which is after the
 * mirror was started. Waits as long as the process lives, or until `signal`.
 *
 * @throws PersonError where the port is taken.
 */
export async function listenWhenThere(
  server: Server,
  { address, port, signal }: { address: string; port: number; signal?: AbortSignal },
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, address, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return;
    } catch (error) {
      if (codeOf(error) === "EADDRINUSE") {
        throw new PersonError({
          place: `mirror at ${address}:${port}`,
          found: "another program that listens there",
          expected: "a free port",
          remedy: "stop it, or set mirrorPort in hardway:cluster",
        });
      }
      if (codeOf(error) !== "EADDRNOTAVAIL") throw error;
    }
    await delay(250, undefined, { ...(signal === undefined ? {} : { signal }) });
  }
}
