import { rmdir } from "node:fs/promises";
import { messageOf, UserError } from "../../../base/errors.ts";
import { projectDir } from "../../../base/paths.ts";
import { run, tryRun } from "../../../base/run.ts";
import { confirm, type Session } from "../../../base/session.ts";
import { isElsewhere } from "../../../config/schema/libvirtUri.ts";
import { enterNothing, openPlace, refuseInside } from "../../place/place.ts";
import { clearLeftovers } from "../../pulumi/clearLeftovers.ts";
import { clearStackLock, hasStack, openEngine } from "../../pulumi/engine.ts";
import type { Engine } from "../../pulumi/engineInterface.ts";
import { type LabConfig, readLabConfig } from "../../pulumi/labConfig.ts";
import { neverMade } from "../../pulumi/neverMade.ts";
import { requirePassphrase, requireRightPassphrase } from "../../pulumi/passphrase.ts";
import { lockStack, placeOfState } from "../../pulumi/stackRun.ts";
import { exportState, isStackItself, nameIn, resourcesIn } from "../../pulumi/stackState.ts";
import { knownLabs, takeAway, takeStateAway } from "../../pulumi/takeAway.ts";
import { ensureSetup } from "../../setup/ensure.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab destroy` */
export const runCommand: Implementation["runCommand"] = async (session, { options, rest }) => {
  refuseInside("destroy");
  const all = options.all === true;
  const stacks = all ? await knownLabs() : [session.stack];
  if (stacks.length === 0) session.terminal.say("there is no lab here");
  for (const stack of stacks) {
    const code = await destroyLab({ ...session, stack }, { rest, forget: all });
    if (code !== 0) return code;
  }
  if (all) await takeStateAway();
  return 0;
};

/** The config may be gone or broken, and destroy needs none of it but where the machines are. */
async function configOrGuess(session: Session): Promise<LabConfig> {
  try {
    return await readLabConfig(session.stack);
  } catch (error) {
    session.log.write(`destroying without a config: ${messageOf(error)}`);
    return {
      file: "",
      mirrorAddress: "",
      mirrorPort: 0,
      hypervisors: [{ uri: "qemu:///system", pool: "/var/lib/libvirt/hardway", nodes: [] }],
      bridge: undefined,
      makesMachines: true,
      image: "debian-12",
      artifacts: { podNetworks: [], runtimes: [] },
      nodeCount: 0,
      keyFiles: {},
    };
  }
}

async function destroyLab(
  session: Session,
  { rest, forget }: { rest: readonly string[]; forget: boolean },
): Promise<number> {
  const { stack, terminal } = session;
  const config = await configOrGuess(session);
  const lock = await lockStack(session, "destroy");
  try {
    if (await neverMade(stack)) {
      await takeAway(session);
      terminal.say(`lab ${stack}: there is none`);
      return 0;
    }
    await requirePassphrase();
    await ensureSetup(session, ["engine", "machines"], config);
    // Asked without entering anything: a lab that was never made needs no libvirt to be taken away.
    const outside = await openEngine(session, config, enterNothing);
    if (await hasStack(session, outside)) {
      await requireRightPassphrase(session, outside.env);
      await clearStackLock(session, outside);
      const { length: count } = await resourceNames(outside);
      if (count > 0) {
        const code = await destroyResources(session, { config, count, rest });
        if (code !== 0) return code;
        // Pulumi's options may have kept some of it, or all: what is left needs its libvirt, its disks and its keys.
        if (!(await isAllGone(session, outside))) return 0;
      }
      if (forget) await forgetStack(session, outside);
    }
    await takeAway(session);
    // libvirt makes the parents of a pool's directory and leaves them; another lab's folder keeps it.
    for (const { uri, pool } of config.hypervisors) {
      if (!isElsewhere(uri)) await rmdir(pool).catch(() => undefined);
    }
    terminal.say(`lab ${stack}: nothing is left`);
    return 0;
  } finally {
    await lock.release();
  }
}

/** What the state has of the lab, besides the stack itself. */
async function resourceNames(engine: Pick<Engine, "output">): Promise<string[]> {
  const resources = resourcesIn(await exportState(engine));
  return resources.filter((one) => !isStackItself(one)).map(({ urn }) => nameIn(urn));
}

/** True where the state has nothing of the lab any more; says else what is left. */
export async function isAllGone(
  { stack, terminal }: Pick<Session, "stack" | "terminal">,
  engine: Pick<Engine, "output">,
): Promise<boolean> {
  const left = await resourceNames(engine);
  if (left.length === 0) return true;
  const some = `${left.slice(0, 5).join(", ")}${left.length > 5 ? ", …" : ""}`;
  terminal.say(
    `lab ${stack}: pulumi left ${left.length} resources (${some}), so the lab's files stay; \`./lab --stack ${stack} destroy\` takes all of it away`,
  );
  return false;
}

async function destroyResources(
  session: Session,
  { config, count, rest }: { config: LabConfig; count: number; rest: readonly string[] },
): Promise<number> {
  const { stack, log, signal } = session;
  const question = `Destroy the lab ${stack} with its ${count} resources, its disks and its keys?`;
  if (process.stdin.isTTY && !(await confirm(session, question))) {
    throw new UserError("nothing was destroyed");
  }
  const enter = await openPlace(session, await placeOfState(session, config));
  const engine = await openEngine(session, config, enter);
  if (config.makesMachines) await clearLeftovers(session, { ...config, enter, engine });
  // Authorities and keys are protected from changes by mistake; this is none.
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
