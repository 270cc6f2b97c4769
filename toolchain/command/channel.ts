import type { Client, ClientChannel } from "ssh2";
import type { Output } from "./output.ts";
import { Unstarted } from "./unstarted.ts";

/** Time between SIGTERM and the closing of the command's channel. */
const TERM_MILLISECONDS = 2_000;

const NOT_ANSWERED =
  "the server rejected the command, or the connection was lost while it was sent";

export interface End {
  /** Undefined if the command was killed, or the connection was lost. */
  readonly code: number | undefined;
  readonly killedBy: string | undefined;
}

/**
 * Describes how a command failed; undefined if the connection was lost, which leaves it unknown.
 */
export function howItEnded({ code, killedBy }: End, address: string): string | undefined {
  if (code !== undefined) return `Process exited with status ${code} on ${address}`;
  if (killedBy !== undefined) return `Process exited from signal ${killedBy} on ${address}`;
  return undefined;
}

/**
 * Starts a command, and calls `onOpen` synchronously with its channel. The packet that opens the
 * channel may already contain output, so a listener that waits for a promise would miss it.
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
        // The channel was open and the request was sent, so the command may have started.
        else if (error.message === "Unable to exec") {
          reject(new Error(NOT_ANSWERED, { cause: error }));
        } else reject(new Unstarted(error));
      });
    } catch (error) {
      reject(new Unstarted(error as Error));
    }
  });
}

/**
 * Passes the command's output to `output`; resolves when the command ends or its connection is
 * lost.
 */
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

/**
 * Ends the command: OpenSSH sends the signal to its process group, and closing the channel sends
 * SIGHUP to the processes that remain.
 */
export async function interrupt(channel: ClientChannel, end: Promise<End>): Promise<void> {
  try {
    sendSignal(channel, "TERM");
    await Promise.race([
      end,
      new Promise((resolve) => setTimeout(resolve, TERM_MILLISECONDS).unref()),
    ]);
    channel.close();
  } catch {
    // The connection was lost, which ended the command too.
  }
}

/**
 * Sends a signal past `channel.signal`, which does nothing after the end of standard input,
 * although SSH allows signals until the channel closes.
 */
function sendSignal(channel: ClientChannel, name: string): void {
  const { outgoing, _client } = channel as unknown as {
    readonly outgoing: { readonly id: number; readonly state: string };
    readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  };
  if (outgoing.state === "open" || outgoing.state === "eof") {
    _client._protocol.signal(outgoing.id, name);
  }
}
