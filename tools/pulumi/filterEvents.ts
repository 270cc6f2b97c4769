import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { reducedEvent } from "./engineEvents.ts";

/** Copies the needed parts of the engine's events from standard input to standard output. */
let isFull = false;
for await (const line of createInterface({ input: process.stdin })) {
  const event = isFull ? undefined : reducedEvent(line);
  if (event === undefined) continue;
  try {
    writeSync(1, `${event}\n`);
  } catch {
    // Without a reader of the pipe pulumi would wait for ever, so the rest is read and dropped.
    isFull = true;
  }
}
