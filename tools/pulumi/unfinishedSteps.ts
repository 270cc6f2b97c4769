import { readFile, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { labPaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import type { Engine } from "./engineInterface.ts";
import { importState } from "./pendingOperations.ts";
import {
  exportState,
  nameIn,
  resourceTypes,
  type StackState,
  type StateResource,
  withResources,
} from "./stackState.ts";

/**
 * Steps whose update did not end. Pulumi's state keeps what they were before, so once a mistaken line is taken out of the config
 * again it would find nothing to do, while the nodes have something of both. The state is told otherwise: the script that it
 * has of them gets a line more than the program's, and the next run does them again, in place, and shows why.
 */

const unfinished = "# An update of this did not end; it is run again.\n";

const metadata = z.object({ op: z.string(), urn: z.string(), type: z.string() });
const eventSchema = z.object({
  resourcePreEvent: z.object({ metadata, planning: z.boolean().optional() }).optional(),
  resOutputsEvent: z.object({ metadata, planning: z.boolean().optional() }).optional(),
});

/** How `pulumi up` is told to write down what it does, as Pulumi's own Automation API has it do. */
export async function recordEvents(stack: string) {
  const { events } = labPaths(stack);
  await writeFile(events, "", { mode: 0o600 });
  return { flags: ["--event-log", events], env: { PULUMI_DEBUG_COMMANDS: "true" } };
}

/** Steps of which an update began and did not end, by URN. A last line that was cut off is none. */
export function unfinishedIn(events: string): string[] {
  const begun = new Set<string>();
  for (const line of events.split("\n")) {
    const { resourcePreEvent: before, resOutputsEvent: after } = parsed(line);
    if (isUpdate(before)) begun.add(before.metadata.urn);
    if (isUpdate(after)) begun.delete(after.metadata.urn);
  }
  return [...begun];
}

function parsed(line: string): z.infer<typeof eventSchema> {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? {};
  } catch {
    return {};
  }
}

type Event = z.infer<typeof eventSchema>["resourcePreEvent"];

/** Not of the preview that comes before, which says the same of what it only would do. */
const isUpdate = (event: Event): event is NonNullable<Event> =>
  event?.metadata.type === resourceTypes.step &&
  event.metadata.op === "update" &&
  event.planning !== true;

/** The state with these steps marked. Only what the next run compares with is changed: a step's `delete` stays. */
export function withMarks(state: StackState, urns: readonly string[]): StackState {
  const marked = (properties: StateResource["inputs"]) =>
    typeof properties?.create !== "string" || properties.create.endsWith(unfinished)
      ? properties
      : { ...properties, create: `${properties.create}${unfinished}` };
  return withResources(state, (resource) =>
    urns.includes(resource.urn)
      ? { ...resource, inputs: marked(resource.inputs), outputs: marked(resource.outputs) }
      : resource,
  );
}

/** Marks what the last recorded run left unfinished, be it that a step failed or that everything was killed. */
export async function markUnfinished(
  session: Session,
  engine: Pick<Engine, "env" | "output">,
): Promise<void> {
  const { events } = labPaths(session.stack);
  const text = await readFile(events, "utf8").catch(() => "");
  const urns = unfinishedIn(text);
  if (urns.length > 0) {
    await importState(session, engine, withMarks(await exportState(engine), urns));
    const names = urns.map(nameIn);
    session.terminal.say(
      `not finished: ${names.join(", ")}; the next ./lab up runs ${names.length === 1 ? "it" : "them"} again, whatever the config says then`,
    );
  }
  await rm(events, { force: true });
}
