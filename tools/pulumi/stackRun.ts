import { networkInterfaces } from "node:os";
import { UserError } from "../../base/errors.ts";
import { takeLock } from "../../base/fileLock.ts";
import { labPaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { startMirror } from "../../mirror/mirrorProcess.ts";
import {
  type Enter,
  enterNothing,
  findPlace,
  openPlace,
  type Place,
  refuseInside,
} from "../place/place.ts";
import { ensureSetup, type Purpose } from "../setup/ensure.ts";
import { clearLeftovers } from "./clearLeftovers.ts";
import { clearStackLock, ensureStack, hasStack, openEngine } from "./engine.ts";
import type { Engine } from "./engineInterface.ts";
import { type LabConfig, readLabConfig } from "./labConfig.ts";
import { hasMachinesHere } from "./leftovers.ts";
import { requirePassphrase } from "./passphrase.ts";
import { exportState } from "./stackState.ts";
import { markUnfinished } from "./unfinishedSteps.ts";

/** Commands that change the stack: only they put away what a killed run left. */
const changes = ["up", "refresh"];

/** A lab on which pulumi may be run: everything it needs is there and runs. */
export interface StackRun {
  readonly config: LabConfig;
  readonly place: Place;
  readonly enter: Enter;
  readonly engine: Engine;
}

/**
 * Prepares the lab and runs `body` on it, alone: a second lab on the same stack ends at once and names the first.
 *
 * @param purposes what setup brings before
 * @param command the command's name, for messages
 */
export async function withStack<T>(
  session: Session,
  command: string,
  purposes: readonly Purpose[],
  body: (run: StackRun) => Promise<T>,
): Promise<T> {
  refuseInside(command);
  const { stack } = session;
  // First of all: a mistake in the config or the environment is told before anything is brought or made.
  const config = await readLabConfig(stack);
  await requirePassphrase();
  const lock = await lockStack(session, command);
  try {
    await ensureSetup(session, purposes, config);
    const place = await placeOfState(session, config);
    const enter = await openPlace(session, place);
    if (purposes.includes("nodes")) await openMirror(stack, config, place, enter);
    const engine = await openEngine(session, config, enter);
    await ensureStack(session, engine);
    await clearStackLock(session, engine);
    if (changes.includes(command)) {
      // Where everything was killed, nobody has looked yet.
      await markUnfinished(session, engine);
      await clearLeftovers(session, { ...config, enter, engine });
    }
    return await body({ config, place, enter, engine });
  } finally {
    await lock.release();
  }
}

/** Nobody else's lab works on this stack now. @throws UserError that names who does */
export function lockStack({ stack, signal }: Session, command: string) {
  return takeLock(labPaths(stack).lock, {
    what: `./lab ${command}`,
    signal,
    onWait: ({ pid, since, what }) => {
      throw new UserError(
        `${what} (pid ${pid}, since ${since}) works on the lab ${stack}; wait for it, or end it with Ctrl-C`,
      );
    },
  });
}

/** Where the lab is, for a run that may change it. @throws UserError where its machines are in a libvirt that does not answer */
export function placeOfState(session: Session, config: LabConfig): Promise<Place> {
  return findPlace(session.stack, config, async () => {
    // The state is asked without entering anything.
    const engine = await openEngine(session, config, enterNothing);
    if (!(await hasStack(session, engine))) return false;
    return hasMachinesHere(await exportState(engine), config.hypervisors);
  });
}

/** The mirror runs where its address is or will be: with the machines' own network, or on a host that has the address. */
async function openMirror(
  stack: string,
  { bridge, mirrorAddress, mirrorPort }: LabConfig,
  { mode }: Place,
  enter: Enter,
): Promise<void> {
  const here = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === mirrorAddress),
  );
  const comes = mode !== "elsewhere" && bridge === undefined;
  if (!here && !comes) return;
  await startMirror(stack, { address: mirrorAddress, port: mirrorPort }, enter);
}
