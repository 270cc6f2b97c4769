import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import { labPaths, stateDir, statePaths } from "../../base/paths.ts";
import type { Session } from "../../base/session.ts";
import { isSeedOf } from "../../cloudinit/seed.ts";
import { stopMirror } from "../../mirror/mirrorProcess.ts";
import { seedDirectory } from "../../plan/planCluster.ts";
import { labProcesses, stopIsolated } from "../place/isolatedLab.ts";
import { fileStacks } from "./fileStacks.ts";

/**
 * Ends a lab's own processes and removes its files: namespaces, libvirtd, mirror, disks, seeds,
 * keys, log.
 */
export async function removeLab(session: Session): Promise<void> {
  const { stack } = session;
  await stopMirror(stack);
  const { root, isolated } = labPaths(stack);
  const begun = await stat(isolated).catch(() => undefined);
  if (begun !== undefined || (await labProcesses(stack)).length > 0) {
    await stopIsolated(session, { remove: true });
  }
  await removeSeeds(stack);
  await rm(root, { recursive: true, force: true });
  // rmdir fails if another lab has a directory there.
  await rmdir(labsDirectory()).catch(() => undefined);
}

/** Removes the lab's seeds that a killed run left. */
async function removeSeeds(stack: string): Promise<void> {
  for (const file of await namesIn(seedDirectory)) {
    if (!isSeedOf(stack, file)) continue;
    await rm(join(seedDirectory, file), { force: true }).catch((error: unknown) => {
      // A lab of the same name may belong to another user.
      if (codeOf(error) !== "EPERM") throw error;
    });
  }
}

const labsDirectory = () => join(stateDir(), "labs");

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

/** The labs that have files or a stack here, in alphabetical order. */
export async function knownLabs(): Promise<string[]> {
  const all = [...(await namesIn(labsDirectory())), ...(await fileStacks())];
  return [...new Set(all)].sort();
}

/** Removes the state directory if no lab and no stack is left, with backups and the passphrase. */
export async function removeState(): Promise<void> {
  if ((await knownLabs()).length > 0) return;
  const { root, backend, passphrase } = statePaths();
  await rm(backend, { recursive: true, force: true });
  await rm(passphrase, { force: true });
  // rmdir fails if the user has files there.
  await rmdir(root).catch(() => undefined);
}
