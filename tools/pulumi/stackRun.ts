import { UserError } from "../../base/errors.ts";
import { takeLock } from "../../base/fileLock.ts";
import { labPaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { startMirror } from "../../mirror/mirrorProcess.ts";
import { isMirrorHere } from "../place/mirrorHere.ts";
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

/** Commands that change the stack, and therefore clean up after a killed run. */
const changes = ["up", "refresh"];

/** A lab that is ready for pulumi. */
export interface StackRun {
  readonly config: LabConfig;
  readonly place: Place;
  readonly enter: Enter;
  readonly engine: Engine;
}

/**
 * Prepares the lab and runs `body` with the lab's lock. A second command on the same stack fails at
 * once.
 *
 * @param purposes the parts to install first
 * @param command the command's name, for messages
 */
export async function withStack<T>(
  session: Session,
  command: string,
  purposes: readonly Purpose[],
  body: (run: StackRun) => Promise<T>,
): Promise<T> {
  refuseInside(session, command);
  const { stack } = session;
  // Reports errors in the config and environment before anything is downloaded or created.
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
      // A run that was killed did not do this.
      await markUnfinished(session, engine);
      await clearLeftovers(session, { ...config, enter, engine });
    }
    return await body({ config, place, enter, engine });
  } finally {
    await lock.release();
  }
}

/** Takes the stack's lock. @throws UserError that names its holder */
export function lockStack({ stack, signal }: Session, command: string) {
  return takeLock(labPaths(stack).lock, {
    what: `./lab ${command}`,
    signal,
    onWait: ({ pid, since, what }) => {
      throw new UserError(
        `${what} (pid ${pid}, since ${since}) is using the lab ${stack}; wait for it, or stop it with Ctrl-C`,
      );
    },
  });
}

/** The place of a lab that may change. @throws UserError if its libvirt does not answer */
export function placeOfState(session: Session, config: LabConfig): Promise<Place> {
  return findPlace(session.stack, config, async () => {
    // Reads the state outside the lab.
    const engine = await openEngine(session, config, enterNothing);
    if (!(await hasStack(session, engine))) return false;
    return hasMachinesHere(await exportState(engine), config.hypervisors);
  });
}

/** Starts the mirror if its address is on this machine or will be. */
async function openMirror(
  stack: string,
  { lab }: LabConfig,
  { mode }: Place,
  enter: Enter,
): Promise<void> {
  if (!isMirrorHere(lab, mode)) return;
  const mirror = { address: String(lab.mirrorAddress), port: lab.mirrorPort };
  await startMirror(stack, mirror, enter);
}
