import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { labPaths } from "../../base/paths.ts";
import { run } from "../../base/run.ts";

export interface EventLog {
  /** Options of `pulumi up`. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Call this after pulumi has ended: waits until all of its events are in the file. */
  readonly close: () => Promise<void>;
}

const filterPath = fileURLToPath(new URL("filterEvents.ts", import.meta.url));

/**
 * Makes `pulumi up` log its events, as Pulumi's Automation API does. The engine's debug messages
 * contain every private key in plain text, so it writes to a pipe, and another process writes the
 * needed parts to the file `events`. That process outlives a killed lab, and ends with pulumi.
 */
export async function openEventLog(stack: string): Promise<EventLog> {
  const { events, eventPipe } = labPaths(stack);
  await rm(eventPipe, { force: true });
  await run("mkfifo", ["-m", "600", eventPipe]);
  // With a writer, opening the other end does not wait, and the filter lives until pulumi opens it.
  const writer = await open(eventPipe, constants.O_RDWR);
  const reader = await open(eventPipe, constants.O_RDONLY);
  const file = await open(events, "w", 0o600);
  const stdio = [reader.fd, file.fd, "ignore"] as const;
  // In a session of its own: Ctrl-C at the terminal is not for it.
  const filter = spawn(process.execPath, [filterPath], { detached: true, stdio: [...stdio] });
  // A filter that cannot start has ended, too.
  const ended = once(filter, "close").catch(() => undefined);
  let isClosing = false;
  void ended.then(() => {
    // Without a reader pulumi would wait for ever.
    if (!isClosing)
      createReadStream(eventPipe)
        .on("error", () => undefined)
        .resume();
  });
  await Promise.all([reader.close(), file.close()]);
  return {
    flags: ["--event-log", eventPipe],
    env: { PULUMI_DEBUG_COMMANDS: "true" },
    close: async () => {
      isClosing = true;
      await writer.close();
      await ended;
      await rm(eventPipe, { force: true });
    },
  };
}
