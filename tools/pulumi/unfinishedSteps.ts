import { readFile, rm } from "node:fs/promises";
import { labCommand } from "../../base/labCommand.ts";
import { labPaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { type EngineEvent, parseEvent } from "./engineEvents.ts";
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
 * Marks steps whose update did not finish. Pulumi's state has the step from before, so if the user
 * reverts the change, Pulumi would see no difference although nodes may be half updated. The mark,
 * a line in the step's script, makes the next run execute the step again and shows why.
 */

const unfinished = "# An update of this step did not finish; it runs again.\n";

/** The URNs of steps whose update did not finish. Ignores an incomplete last line. */
export function unfinishedIn(events: string): string[] {
  const begun = new Set<string>();
  for (const line of events.split("\n")) {
    const { resourcePreEvent: before, resOutputsEvent: after } = parseEvent(line);
    if (isUpdate(before)) begun.add(before.metadata.urn);
    if (isUpdate(after)) begun.delete(after.metadata.urn);
  }
  return [...begun];
}

/** Excludes the preview, whose events look the same. */
const isUpdate = (
  event: EngineEvent["resourcePreEvent"],
): event is NonNullable<EngineEvent["resourcePreEvent"]> =>
  event?.metadata.type === resourceTypes.step &&
  event.metadata.op === "update" &&
  event.planning !== true;

/**
 * Adds the mark to these steps in the state, in the fields that the next run compares, not in
 * `delete`.
 */
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

/** Marks the steps that the last recorded run left unfinished, after a failure or a kill. */
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
      `not finished: ${names.join(", ")}; the next \`${labCommand(session.stack, "up")}\` runs ${names.length === 1 ? "it" : "them"} again, even if the config changes back`,
    );
  }
  await rm(events, { force: true });
}
