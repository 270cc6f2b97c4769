import { UserError } from "../../base/errors.ts";
import { projectDir } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { Engine } from "./engineInterface.ts";
import { exportState, pendingIn, type StackState, withPending } from "./stackState.ts";

/**
 * No other run is on the stack, wherever its state is kept: that is written back as it was found, for which every backend
 * takes its lock. So what an interrupted run was making stays in it until that is removed.
 *
 * @returns the state, which nobody was changing
 * @throws UserError in Pulumi's words, which say who works on the stack
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
 * Takes out of the state what pulumi was making when it was killed: that is in libvirt no more, and all else may be made
 * twice (a step converges, an object of the cluster is taken over). Pulumi itself would warn of it in every later run.
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

/** Writes the state back. @throws UserError where the backend does not take it, in Pulumi's words */
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
    found: `that it can't be written now: ${stderr.trim() || failure}`,
    expected: "a backend that takes it, and nobody else's run on the stack",
    remedy: `if a run holds the lock, wait for it, or stop it with Ctrl-C where it runs; if that one is gone for sure, \`./lab shell -- pulumi cancel --stack ${stack}\` takes its lock away`,
  });
}
