import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { reducedEvent } from "./engineEvents.ts";

/** Copies the needed parts of the engine's events from standard input to standard output. */
for await (const line of createInterface({ input: process.stdin })) {
  const event = reducedEvent(line);
  if (event !== undefined) writeSync(1, `${event}\n`);
}
