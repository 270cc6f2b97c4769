import { UserError } from "../../base/errors.ts";
import { cacheDir, projectDir, stateDir } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { hasGuestsHere, probeAcceleration } from "../place/acceleration.ts";
import type { Enter } from "../place/place.ts";
import { baseImageFor } from "../setup/baseImageFor.ts";
import { pulumiBin, usesBuilt } from "../setup/pulumiCli.ts";
import type { Engine } from "./engineInterface.ts";
import { findLogin, isOwnBackend, prepareState, pulumiEnvironment } from "./env.ts";
import type { LabConfig } from "./labConfig.ts";
import { requirePassphrase, requireRightPassphrase } from "./passphrase.ts";
import { runPulumi } from "./runPulumi.ts";
import { stackConfigCopy } from "./stackConfig.ts";
import { describeLock, stackLocks } from "./stackLock.ts";
import { markUnfinished, recordEvents } from "./unfinishedSteps.ts";

/** The whole environment of the program: this process's, with what env.ts sets on top. */
export async function engineEnvironment(
  session: Pick<Session, "signal" | "terminal">,
  config: Pick<LabConfig, "image" | "makesMachines" | "hypervisors">,
): Promise<Record<string, string>> {
  const [cache, state] = [cacheDir(), stateDir()];
  await requirePassphrase(process.env, state);
  await prepareState(state);
  const baseImage = await baseImageFor(cache, config);
  const onProbe = (message: string) => session.terminal.say(message);
  const set = pulumiEnvironment({
    cache,
    state,
    base: process.env,
    pulumiBin: await pulumiBin(cache),
    built: await usesBuilt(cache),
    login: await findLogin(),
    domainType: hasGuestsHere(config)
      ? (await probeAcceleration({ cache, image: baseImage, signal: session.signal, onProbe }))
          .domainType
      : undefined,
    baseImage,
  });
  const whole = { ...process.env, ...set };
  return Object.fromEntries(
    Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Pulumi for the session's stack, entering the lab by `enter`. The parts of the engine must be there. */
export async function openEngine(
  session: Session,
  config: Pick<LabConfig, "image" | "makesMachines" | "hypervisors">,
  enter: Enter,
): Promise<Engine> {
  const env = await engineEnvironment(session, config);
  const { stack, signal } = session;
  const output: Engine["output"] = (args) => {
    // Not logged: outputs hold secrets. Needs nothing of the lab but its state.
    const whole = [...args, "--stack", stack, "--non-interactive"];
    return run("pulumi", whole, { signal, env, cwd: projectDir });
  };
  return {
    env,
    run: async (args, { asks = false } = {}) => {
      const { file } = await stackConfigCopy(stack);
      const [command = "", ...options] = args;
      const recorded = command === "up" ? await recordEvents(stack) : { flags: [], env: {} };
      const argv = await enter(changeArgv([command, ...recorded.flags, ...options], stack, file));
      const whole = { ...env, ...recorded.env };
      const what = { argv, name: `pulumi ${command}`, cwd: projectDir, env: whole, asks };
      const code = await runPulumi(what, session);
      // After Ctrl-C nothing more is begun here: the next run looks first.
      if (!signal.aborted) await markUnfinished(session, { env, output });
      return code;
    },
    output,
  };
}

/**
 * `pulumi ARGS` for a command that shows or makes changes, like `up --yes`. The stack's outputs are left out: the kubeconfig
 * and the table of nodes would be longer than the changes that a person reads for. `./lab output` shows them.
 */
export function changeArgv(args: readonly string[], stack: string, configFile: string): string[] {
  const [command = "", ...options] = args;
  const isFileGiven = options.some((option) => /^--config-file(=|$)/.test(option));
  const where = ["--stack", stack, ...(isFileGiven ? [] : ["--config-file", configFile])];
  // The last counts: a person may have the outputs all the same, but not another stack.
  return ["pulumi", command, "--suppress-outputs", ...options, ...where];
}

/** Whether these options of pulumi change the config, so that the stack's file does not say what the program gets. */
export const changesConfig = (options: readonly string[]): boolean =>
  options.some((option) => /^(-c|--config)/.test(option));

/** The stack exists in the backend, and the passphrase is the one that it was made with; made where it did not. */
export async function ensureStack(session: Session, engine: Engine): Promise<void> {
  const { env } = engine;
  const { log, signal, stack } = session;
  if (await hasStack(session, engine)) return requireRightPassphrase(session, env);
  const { directory } = await stackConfigCopy(stack);
  const args = ["stack", "init", stack, "--no-select", "--non-interactive"];
  await run("pulumi", args, { log, signal, env, cwd: directory });
}

/** Whether the backend knows the stack. */
export async function hasStack(session: Session, { env }: Engine): Promise<boolean> {
  const { signal, stack } = session;
  const listed = await run("pulumi", ["stack", "ls", "--json"], { signal, env, cwd: projectDir });
  const stacks = JSON.parse(listed) as { name: string }[];
  return stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * No lock of a dead pulumi is in the way: it is explained and taken away, since the process that held it is known to be gone.
 * Only where the state is this machine's own: a file that lies here says nothing of another backend's locks.
 *
 * @throws UserError where a living one, or one on another host, holds it
 */
export async function clearStackLock(session: Session, engine: Pick<Engine, "env">): Promise<void> {
  if (!isOwnBackend(engine.env.PULUMI_BACKEND_URL)) return;
  const { stack, log, signal, terminal } = session;
  for (const lock of await stackLocks(stack, stateDir())) {
    if (lock.alive) {
      throw new UserError(
        `the stack ${stack} is being changed by pulumi ${describeLock(lock)}; wait for it, or stop it with Ctrl-C where it runs. If it is gone for sure, \`./lab shell -- pulumi cancel --stack ${stack}\` takes its lock away`,
      );
    }
    terminal.say(
      `the stack ${stack} was locked by a pulumi that was killed (${describeLock(lock)}): taking its lock away (pulumi cancel); what it had done stands in the state`,
    );
    const args = ["cancel", "--yes", "--stack", stack, "--non-interactive"];
    await run("pulumi", args, { log, signal, env: engine.env, cwd: projectDir });
    // It takes all of them.
    return;
  }
}
