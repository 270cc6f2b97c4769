import { rmdir } from "node:fs/promises";
import { messageOf, UserError } from "../../../base/errors.ts";
import { labCommand } from "../../../base/labCommand.ts";
import { projectDir } from "../../../base/paths.ts";
import { run, tryRun } from "../../../base/run.ts";
import { confirm, type Session } from "../../../base/session.ts";
import { isElsewhere } from "../../../config/schema/libvirtUri.ts";
import { enterNothing, openPlace, refuseInside } from "../../place/place.ts";
import { clearLeftovers } from "../../pulumi/clearLeftovers.ts";
import { clearStackLock, hasStack, openEngine } from "../../pulumi/engine.ts";
import type { Engine } from "../../pulumi/engineInterface.ts";
import { defaultLabConfig, type LabConfig, readLabConfig } from "../../pulumi/labConfig.ts";
import { neverMade } from "../../pulumi/neverMade.ts";
import { requirePassphrase, requireRightPassphrase } from "../../pulumi/passphrase.ts";
import { knownLabs, removeLab, removeState } from "../../pulumi/removeLab.ts";
import { lockStack, placeOfState } from "../../pulumi/stackRun.ts";
import { exportState, isStackItself, nameIn, resourcesIn } from "../../pulumi/stackState.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab destroy` */
export const runCommand: Implementation["runCommand"] = async (session, { options, rest }) => {
  refuseInside(session, "destroy");
  const all = options.all === true;
  const stacks = all ? await knownLabs() : [session.stack];
  if (stacks.length === 0) session.terminal.say("no labs on this machine");
  for (const stack of stacks) {
    const code = await destroyLab({ ...session, stack }, { rest, forget: all });
    if (code !== 0) return code;
  }
  if (all) await removeState();
  return 0;
};

/** The config may be missing or broken; destroy needs only the hypervisors from it. */
async function configOrDefaults(session: Session): Promise<LabConfig> {
  try {
    return await readLabConfig(session.stack);
  } catch (error) {
    session.log.write(`destroying without a config: ${messageOf(error)}`);
    return defaultLabConfig(session.stack);
  }
}

async function destroyLab(
  session: Session,
  { rest, forget }: { rest: readonly string[]; forget: boolean },
): Promise<number> {
  const { stack, terminal } = session;
  const config = await configOrDefaults(session);
  const lock = await lockStack(session, "destroy");
  try {
    if (await neverMade(stack)) {
      await removeLab(session);
      terminal.say(`lab ${stack}: does not exist`);
      return 0;
    }
    await requirePassphrase();
    await ensureSetup(session, ["engine", "machines"], config);
    // Reads the state outside the lab: a lab that was never created needs no libvirt.
    const outside = await openEngine(session, config, enterNothing);
    if (await hasStack(session, outside)) {
      await requireRightPassphrase(session, outside.env);
      await clearStackLock(session, outside);
      const { length: count } = await resourceNames(outside);
      if (count > 0) {
        const code = await destroyResources(session, { config, count, rest });
        if (code !== 0) return code;
        // Resources kept by Pulumi's options still need the lab's libvirt, disks and keys.
        if (!(await isAllGone(session, outside))) return 0;
      }
      if (forget) await forgetStack(session, outside);
    }
    await removeLab(session);
    // libvirt creates the parents of a pool's directory but does not remove them. rmdir fails if
    // another lab uses them.
    for (const { uri, pool } of config.hypervisors) {
      if (!isElsewhere(uri)) await rmdir(pool).catch(() => undefined);
    }
    terminal.say(`lab ${stack}: removed`);
    return 0;
  } finally {
    await lock.release();
  }
}

/** The names of the lab's resources in the state, without the stack itself. */
async function resourceNames(engine: Pick<Engine, "output">): Promise<string[]> {
  const resources = resourcesIn(await exportState(engine));
  return resources.filter((one) => !isStackItself(one)).map(({ urn }) => nameIn(urn));
}

/** True if the state has no resource of the lab; otherwise prints the rest. */
export async function isAllGone(
  { stack, terminal }: Pick<Session, "stack" | "terminal">,
  engine: Pick<Engine, "output">,
): Promise<boolean> {
  const left = await resourceNames(engine);
  if (left.length === 0) return true;
  const some = `${left.slice(0, 5).join(", ")}${left.length > 5 ? ", …" : ""}`;
  terminal.say(
    `lab ${stack}: pulumi left ${left.length} resources (${some}), so the lab's files were kept; \`${labCommand(stack, "destroy")}\` removes them`,
  );
  return false;
}

async function destroyResources(
  session: Session,
  { config, count, rest }: { config: LabConfig; count: number; rest: readonly string[] },
): Promise<number> {
  const { stack, log, signal } = session;
  const question = `Destroy the lab ${stack} with its ${count} resources, its disks and its keys?`;
  if (!(await confirm(session, question))) {
    throw new UserError("nothing was destroyed");
  }
  const enter = await openPlace(session, await placeOfState(session, config));
  const engine = await openEngine(session, config, enter);
  if (config.makesMachines) await clearLeftovers(session, { ...config, enter, engine });
  // Authorities and keys are protected from accidental deletion.
  const unprotect = ["state", "unprotect", "--all", "--yes", "--stack", stack, "--non-interactive"];
  await run("pulumi", unprotect, { log, signal, env: engine.env, cwd: projectDir });
  return engine.run(["destroy", "--yes", "--skip-preview", ...rest]);
}

async function forgetStack({ stack, log, signal }: Session, { env }: Engine): Promise<void> {
  const args = ["stack", "rm", "--yes", "--preserve-config", "--stack", stack, "--non-interactive"];
  const result = await tryRun("pulumi", args, { log, signal, env, cwd: projectDir });
  if (result.failure !== "") {
    throw new UserError(`pulumi stack rm ${stack}: ${result.stderr.trim() || result.failure}`);
  }
}
