import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { projectDir } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { Engine } from "./engineInterface.ts";
import { exportState, pendingIn, type StackState, withPending } from "./stackState.ts";

/**
 * Checks that no other run holds the stack: writes the state back unchanged, for which every
 * backend takes its lock. Pending operations stay in the state until their resources are removed.
 *
 * @returns the state
 * @throws UserError with Pulumi's message, which names the holder of the lock
 */
export async function requireAlone(
  session: Session,
  engine: Pick<Engine, "env" | "output">,
): Promise<StackState> {
  const exported = await exportState(engine);
  await importState(session, engine, exported);
  return exported;
}

/**
 * Removes pending operations from the state, about which Pulumi would warn in every run. Their
 * libvirt objects are removed, and the others can be created again: steps converge, and objects of
 * the cluster are adopted.
 */
export async function forgetPending(
  session: Session,
  engine: Pick<Engine, "env">,
  state: StackState,
): Promise<void> {
  const pending = pendingIn(state);
  const kept = pending.filter(({ type }) => type !== "creating");
  if (kept.length === pending.length) return;
  await importState(session, engine, withPending(state, kept));
}

/** Writes the state back. @throws UserError with Pulumi's message if the backend refuses it */
export async function importState(
  { stack, log, signal }: Session,
  { env }: Pick<Engine, "env">,
  state: StackState,
): Promise<void> {
  const args = ["stack", "import", "--stack", stack, "--non-interactive"];
  const options = { log, signal, env, cwd: projectDir, input: JSON.stringify(state) };
  const { failure, stderr } = await tryRun("pulumi", args, options);
  if (failure === "") return;
  throw new UserError({
    place: `the state of the stack ${stack}`,
    found: `that it cannot be written now: ${stderr.trim() || failure}`,
    expected: "a backend that accepts it, and no other run on the stack",
    remedy: `if a run holds the lock, wait for it, or stop it with Ctrl-C where it runs; if it has surely ended, \`${labCommand(stack, `shell -- pulumi cancel --stack ${stack}`)}\` removes its lock`,
  });
}
