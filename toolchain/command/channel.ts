import type { Client, ClientChannel } from "ssh2";
import type { Output } from "./output.ts";
import { Unstarted } from "./unstarted.ts";

/** How long a command may take to end after SIGTERM, before its channel is closed. */
const TERM_MILLISECONDS = 2_000;

const NOT_ANSWERED =
  "the server did not take the command, or the connection was lost as it was sent";

export interface End {
  /** Undefined when the command was killed, or the connection was lost. */
  readonly code: number | undefined;
  readonly killedBy: string | undefined;
}

/** Undefined when nobody knows: then the connection was lost. */
export function howItEnded({ code, killedBy }: End, address: string): string | undefined {
  if (code !== undefined) return `Process exited with status ${code} on ${address}`;
  if (killedBy !== undefined) return `Process exited from signal ${killedBy} on ${address}`;
  return undefined;
}

/**
 * Starts a command. `onOpen` is called at once with its channel: what a quick command answers may stand in the same
 * packet, so a promise would bring the channel too late to listen.
 */
export function start<T>(
  client: Client,
  { command, env }: { command: string; env: Readonly<Record<string, string>> },
  onOpen: (channel: ClientChannel) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      client.exec(command, { env }, (error, channel) => {
        if (!error) resolve(onOpen(channel));
        // The channel was open and the request sent: the command may have been started.
        else if (error.message === "Unable to exec") {
          reject(new Error(NOT_ANSWERED, { cause: error }));
        } else reject(new Unstarted(error));
      });
    } catch (error) {
      reject(new Unstarted(error as Error));
    }
  });
}

/** Hands what the command prints to `output`; resolves once it has ended, or its connection is lost. */
export function listen(channel: ClientChannel, output: Output): Promise<End> {
  return new Promise((resolve) => {
    let end: End = { code: undefined, killedBy: undefined };
    channel.on("data", (chunk: Buffer) => {
      output.add("stdout", chunk);
    });
    channel.stderr.on("data", (chunk: Buffer) => {
      output.add("stderr", chunk);
    });
    channel.once("exit", (code: number | null, killedBy?: string) => {
      end = { code: code ?? undefined, killedBy };
    });
    channel.once("close", () => {
      resolve(end);
    });
  });
}

/** Ends the command: OpenSSH hands the signal to its process group; closing the channel hangs up on the rest. */
export async function interrupt(channel: ClientChannel, end: Promise<End>): Promise<void> {
  try {
    sendSignal(channel, "TERM");
    await Promise.race([
      end,
      new Promise((resolve) => setTimeout(resolve, TERM_MILLISECONDS).unref()),
    ]);
    channel.close();
  } catch {
    // The connection is gone, and the command with it.
  }
}

/** `channel.signal` does nothing once standard input has ended, though SSH takes signals until the channel closes. */
function sendSignal(channel: ClientChannel, name: string): void {
  const { outgoing, _client } = channel as unknown as {
    readonly outgoing: { readonly id: number; readonly state: string };
    readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  };
  if (outgoing.state === "open" || outgoing.state === "eof") {
    _client._protocol.signal(outgoing.id, name);
  }
}
