import { z } from "zod";

/** The engine's events about steps, in the form of `pulumi up --event-log`. */

const metadata = z.object({ op: z.string(), urn: z.string(), type: z.string() });
const stepEvent = z.object({ metadata, planning: z.boolean().optional() }).optional();
const eventSchema = z.object({ resourcePreEvent: stepEvent, resOutputsEvent: stepEvent });

export type EngineEvent = z.infer<typeof eventSchema>;

/** The event in a line; empty for any other event, and for an incomplete line. */
export function parseEvent(line: string): EngineEvent {
  // Most lines are debug messages, which are long.
  if (!/"(resourcePreEvent|resOutputsEvent)"/.test(line)) return {};
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? {};
  } catch {
    return {};
  }
}

/**
 * The line without the resource's inputs and outputs; undefined for an event that is not needed.
 */
export function reducedEvent(line: string): string | undefined {
  const event = parseEvent(line);
  return Object.keys(event).length === 0 ? undefined : JSON.stringify(event);
}
