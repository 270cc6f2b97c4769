import { directEnvironment } from "../../base/directEnvironment.ts";
import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { cacheDir, projectDir, stateDir } from "../../base/paths.ts";
import { run } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import { hasGuestsHere, probeAcceleration } from "../place/acceleration.ts";
import type { Enter } from "../place/place.ts";
import { baseImageFor } from "../setup/baseImageFor.ts";
import { pulumiBin, usesBuilt } from "../setup/pulumiCli.ts";
import type { Engine } from "./engineInterface.ts";
import { findLogin, isOwnBackend, prepareState, pulumiEnvironment } from "./env.ts";
import { openEventLog } from "./eventLog.ts";
import type { LabConfig } from "./labConfig.ts";
import { requirePassphrase, requireRightPassphrase } from "./passphrase.ts";
import { runPulumi } from "./runPulumi.ts";
import { stackConfigCopy } from "./stackConfig.ts";
import { describeLock, stackLocks } from "./stackLock.ts";
import { markUnfinished } from "./unfinishedSteps.ts";

/** The program's environment: this process's, with the variables of env.ts. */
export async function engineEnvironment(
  session: Pick<Session, "signal" | "terminal">,
  config: Pick<LabConfig, "image" | "makesMachines" | "hypervisors" | "lab">,
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
  // The Kubernetes provider talks to the lab's API, which no proxy reaches.
  const direct = directEnvironment(process.env, [String(config.lab.network.nodes)]);
  const whole = { ...process.env, ...set, ...direct };
  return Object.fromEntries(
    Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Reads the session's stack, and changes nothing. The CLI must be installed. */
export async function stateReader({
  stack,
  signal,
}: Pick<Session, "stack" | "signal">): Promise<Pick<Engine, "output">> {
  const cache = cacheDir();
  const set = pulumiEnvironment({
    cache,
    state: stateDir(),
    base: process.env,
    pulumiBin: await pulumiBin(cache),
    built: true,
    login: await findLogin(),
    domainType: undefined,
    baseImage: undefined,
  });
  return { output: outputOf({ stack, signal }, { ...process.env, ...set }) };
}

/** Runs pulumi without its log, since outputs contain secrets. Needs only the state. */
const outputOf =
  (
    { stack, signal }: Pick<Session, "stack" | "signal">,
    env: Readonly<Record<string, string | undefined>>,
  ): Engine["output"] =>
  (args) =>
    run("pulumi", [...args, "--stack", stack, "--non-interactive"], {
      signal,
      env,
      cwd: projectDir,
    });

/**
 * Opens Pulumi for the session's stack, which enters the lab by `enter`. The engine's parts must be
 * installed.
 */
export async function openEngine(
  session: Session,
  config: Pick<LabConfig, "image" | "makesMachines" | "hypervisors" | "lab">,
  enter: Enter,
): Promise<Engine> {
  const env = await engineEnvironment(session, config);
  const { stack, signal } = session;
  const output = outputOf(session, env);
  return {
    env,
    run: async (args, { asks = false } = {}) => {
      const { file } = await stackConfigCopy(stack);
      const [command = "", ...options] = args;
      const events = command === "up" ? await openEventLog(stack) : undefined;
      const flags = events?.flags ?? [];
      try {
        const argv = await enter(changeArgv([command, ...flags, ...options], stack, file));
        const whole = { ...env, ...events?.env };
        const what = { argv, name: `pulumi ${command}`, cwd: projectDir, env: whole, asks };
        return await runPulumi(what, session);
      } finally {
        await events?.close();
        // After Ctrl-C, leaves this to the next run.
        if (!signal.aborted) await markUnfinished(session, { env, output });
      }
    },
    output,
  };
}

/**
 * The command line of `pulumi ARGS` for a command that shows or makes changes, like `up --yes`.
 * Leaves out the outputs, which are longer than most changes; `./lab output` shows them.
 */
export function changeArgv(args: readonly string[], stack: string, configFile: string): string[] {
  const [command = "", ...options] = args;
  const isFileGiven = options.some((option) => /^--config-file(=|$)/.test(option));
  const where = ["--stack", stack, ...(isFileGiven ? [] : ["--config-file", configFile])];
  // The last option wins: the user may show the outputs, but not choose another stack.
  return ["pulumi", command, "--suppress-outputs", ...options, ...where];
}

/** Whether options of pulumi change the config, so that the stack's file is incomplete. */
export const changesConfig = (options: readonly string[]): boolean =>
  options.some((option) => /^(-c|--config)/.test(option));

/** Creates the stack if it does not exist; checks the passphrase of an existing stack. */
export async function ensureStack(session: Session, engine: Engine): Promise<void> {
  const { env } = engine;
  const { log, signal, stack } = session;
  if (await hasStack(session, engine)) return requireRightPassphrase(session, env);
  const { directory } = await stackConfigCopy(stack);
  const args = ["stack", "init", stack, "--no-select", "--non-interactive"];
  await run("pulumi", args, { log, signal, env, cwd: directory });
}

/** Whether the stack exists in the backend. */
export async function hasStack(session: Session, { env }: Engine): Promise<boolean> {
  const { signal, stack } = session;
  const listed = await run("pulumi", ["stack", "ls", "--json"], { signal, env, cwd: projectDir });
  const stacks = JSON.parse(listed) as { name: string }[];
  return stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * Removes the locks of dead pulumi processes, and reports them. Only for the state on this machine:
 * a lock file here does not concern other backends.
 *
 * @throws UserError if a living process, or one on another machine, holds a lock
 */
export async function clearStackLock(session: Session, engine: Pick<Engine, "env">): Promise<void> {
  if (!isOwnBackend(engine.env.PULUMI_BACKEND_URL)) return;
  const { stack, log, signal, terminal } = session;
  for (const lock of await stackLocks(stack, stateDir())) {
    if (lock.alive) {
      throw new UserError(
        `the stack ${stack} is being changed by pulumi ${describeLock(lock)}; wait for it, or stop it with Ctrl-C where it runs. If it has surely ended, \`${labCommand(stack, `shell -- pulumi cancel --stack ${stack}`)}\` removes its lock`,
      );
    }
    terminal.say(
      `the stack ${stack} was locked by a pulumi that was killed (${describeLock(lock)}): removing its lock (pulumi cancel); what it had done is in the state`,
    );
    const args = ["cancel", "--yes", "--stack", stack, "--non-interactive"];
    await run("pulumi", args, { log, signal, env: engine.env, cwd: projectDir });
    // `pulumi cancel` removes all locks.
    return;
  }
}
