import { networkInterfaces } from "node:os";
import { type ConfigProblem, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import type { Place } from "./place.ts";

type MirrorSettings = Pick<Lab, "mirrorAddress" | "mirrorPort" | "network">;

/** Whether the mirror's address is on this machine or will be, with the guests' network. */
export function isMirrorHere(
  { network, mirrorAddress }: MirrorSettings,
  mode: Place["mode"],
  interfaces = networkInterfaces(),
): boolean {
  const own = String(mirrorAddress);
  const here = Object.values(interfaces).some((addresses) =>
    addresses?.some(({ address }) => address === own),
  );
  const comes = mode !== "elsewhere" && network.bridge === undefined;
  return here || comes;
}

/** What nodes download from if `./lab` starts no mirror. */
export function* mirrorWarnings(
  lab: MirrorSettings,
  mode: Place["mode"],
  interfaces = networkInterfaces(),
): Generator<ConfigProblem> {
  if (isMirrorHere(lab, mode, interfaces)) return;
  const { mirrorAddress, mirrorPort } = lab;
  yield problemAt(
    ["mirrorAddress"],
    `${mirrorAddress} is no address of this machine, so ./lab starts no mirror: nodes ask ${mirrorAddress}:${mirrorPort} for each file and image, then its publisher; write this machine's address in the nodes' network, or run ./lab mirror serve --address ${mirrorAddress} on the machine that has it`,
  );
}
