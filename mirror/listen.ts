import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, type Mistake, UserError } from "../base/errors.ts";
import { portHolder } from "./portHolder.ts";

/** The user's mistake if listening fails with one of these codes. */
async function mistakeOf(code: string, port: number): Promise<Omit<Mistake, "place"> | undefined> {
  switch (code) {
    case "EADDRINUSE":
      return {
        found: `${(await portHolder(port)) ?? "another program"} that listens there`,
        expected: "a free port",
        remedy: "stop it, or set mirrorPort in hardway:cluster",
      };
    case "EACCES":
      return {
        found: "a port that only root may listen on",
        expected: "one from 1024 on",
        remedy: "give another --port, or set mirrorPort in hardway:cluster",
      };
    default:
      return undefined;
  }
}

export interface ListenOptions {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  readonly signal?: AbortSignal;
  /** Called once if this machine does not have the address yet. */
  readonly onWait?: (message: string) => void;
}

/**
 * Listens as soon as the address exists: the gateway's address appears when Pulumi has created the
 * network, after the mirror was started. Waits until `signal` fires or the process ends.
 *
 * @throws UserError if the port is taken or privileged.
 */
export async function listenWhenThere(server: Server, options: ListenOptions): Promise<void> {
  const { address, port, signal } = options;
  for (let tries = 0; ; tries += 1) {
    signal?.throwIfAborted();
    try {
      server.listen(port, address);
      // Rejects with an error, and leaves no listener behind either way.
      await once(server, "listening");
      return;
    } catch (error) {
      const mistake = await mistakeOf(codeOf(error), port);
      if (mistake) throw new UserError({ place: `mirror at ${address}:${port}`, ...mistake });
      if (codeOf(error) !== "EADDRNOTAVAIL") throw error;
    }
    if (tries === 0) options.onWait?.(`waiting until this machine has the address ${address}`);
    await delay(250, undefined, { ...(signal === undefined ? {} : { signal }) });
  }
}
