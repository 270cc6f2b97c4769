import type { Engine } from "./engine.ts";
import { projectDir } from "./paths.ts";
import { run } from "./run.ts";
import type { Session } from "./session.ts";

/**
 * Takes out of the state what pulumi was making when it was killed: that is in libvirt no more, and all else may be made
 * twice (a step converges, an object of the cluster is taken over). Pulumi itself would warn of it in every later run.
 *
 * @param exported the stack's state, as `pulumi stack export` gives it
 */
export async function forgetPending(
  { stack, log, signal }: Session,
  { env }: Pick<Engine, "env">,
  exported: unknown,
): Promise<void> {
  const whole = exported as { deployment?: { pending_operations?: { type: string }[] } };
  const pending = whole.deployment?.pending_operations ?? [];
  const kept = pending.filter(({ type }) => type !== "creating");
  if (kept.length === pending.length) return;
  const input = JSON.stringify({
    ...whole,
    deployment: { ...whole.deployment, pending_operations: kept },
  });
  const args = ["stack", "import", "--stack", stack, "--non-interactive"];
  await run("pulumi", args, { log, signal, env, cwd: projectDir, input });
}
