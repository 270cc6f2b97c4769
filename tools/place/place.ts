import { stat } from "node:fs/promises";
import { UserError } from "../../base/errors.ts";
import { labPaths } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { enterIsolated, labProcesses, startIsolated } from "./isolatedLab.ts";

/** Where a lab's machines are: in the system's libvirt, in namespaces of their own, or not made here at all. */
export interface Place {
  readonly mode: "system" | "isolated" | "elsewhere";
  readonly why: string;
}

/** Set in a `lab shell` inside an isolated lab, to its stack. */
export const insideVariable = "HARDWAY_INSIDE";

/** Whether the system's libvirt answers, quickly; without virsh, nothing does. */
async function systemLibvirt(): Promise<{ answers: boolean; why: string }> {
  const args = ["--connect", "qemu:///system", "uri"];
  const result = await tryRun("virsh", args, { timeoutMs: 10_000 });
  if (result.failure === "") return { answers: true, why: "the system's libvirt answers" };
  const reason = result.stderr.trim().split("\n").at(-1) ?? "";
  return {
    answers: false,
    why: `the system's libvirt does not answer (${reason || result.failure})`,
  };
}

type Placed = Pick<LabConfig, "hypervisors" | "makesMachines">;

/** Where a lab is that can be nowhere else, whatever runs on this machine now. */
async function settledPlace(stack: string, config: Placed): Promise<Place | undefined> {
  if (process.env[insideVariable] === stack) {
    return { mode: "system", why: "this shell is inside the isolated lab" };
  }
  if (!config.makesMachines) {
    return { mode: "elsewhere", why: "every node is a host that exists already" };
  }
  const uris = config.hypervisors.filter(({ nodes }) => nodes.length > 0).map(({ uri }) => uri);
  if (uris.length > 0 && !uris.includes("qemu:///system")) {
    return { mode: "elsewhere", why: `machines are made at ${uris.join(", ")}` };
  }
  if ((await labProcesses(stack)).length > 0) {
    return { mode: "isolated", why: "it runs in namespaces of its own" };
  }
  if (await stat(labPaths(stack).isolated).catch(() => undefined)) {
    return { mode: "isolated", why: "it was begun in namespaces of its own" };
  }
  return undefined;
}

/**
 * Where a lab is that an `up` has made. What was not begun in namespaces of its own is in the system's libvirt, and its
 * nodes run and answer while that is away.
 */
export async function placeOfLab(stack: string, config: Placed): Promise<Place> {
  const settled = await settledPlace(stack, config);
  return settled ?? { mode: "system", why: (await systemLibvirt()).why };
}

/**
 * Decides where a lab is, or will be. It stays where it was begun: its disks are there.
 *
 * @param hasMachines whether the state has something in a libvirt of this machine; asked only where the system's does not
 * answer and nothing was begun in namespaces of its own
 * @throws UserError where the lab is in the system's libvirt, or must be, and that does not answer
 */
export async function findPlace(
  stack: string,
  config: Placed & Pick<LabConfig, "bridge">,
  hasMachines: () => Promise<boolean>,
): Promise<Place> {
  const settled = await settledPlace(stack, config);
  if (settled !== undefined) return settled;
  const { answers, why } = await systemLibvirt();
  if (answers) return { mode: "system", why };
  if (await hasMachines()) throw libvirtIsAway(stack, why);
  if (config.bridge === undefined) return { mode: "isolated", why };
  throw new UserError({
    place: "network.bridge",
    found: `${config.bridge}, and ${why}`,
    expected:
      "a libvirt that reaches this machine's bridges; one that lab starts in namespaces of its own reaches none",
    remedy:
      "start the system's libvirt (systemctl enable --now libvirtd), or take bridge, gateway and mirrorAddress out for a network behind NAT",
  });
}

function libvirtIsAway(stack: string, why: string): UserError {
  return new UserError({
    place: `lab ${stack}`,
    found: `machines in its state, and ${why}`,
    expected: "the libvirt that they are in",
    remedy: `start the system's libvirt (systemctl enable --now libvirtd); if they were in namespaces of the lab's own, whose directory is gone with their disks, \`mkdir -p ${labPaths(stack).isolated}\` makes lab take them for lost`,
  });
}

/** Puts a command where it reaches the lab. Outside an isolated lab, that is anywhere. */
export type Enter = (argv: readonly string[]) => Promise<string[]>;

/** Runs commands as they are, without entering a lab. */
export const enterNothing: Enter = (argv) => Promise.resolve([...argv]);

/** How commands reach the lab, which must run. */
export function entrance(stack: string, { mode }: Place): Enter {
  if (mode === "isolated") return (argv) => enterIsolated(stack, argv);
  return enterNothing;
}

/** The lab's libvirt runs; returns how commands get to it. */
export async function openPlace(session: Session, place: Place): Promise<Enter> {
  if (place.mode === "isolated") await startIsolated(session);
  return entrance(session.stack, place);
}

/** @throws UserError in a shell inside an isolated lab, which has no way out and whose end would take lab with it. */
export function refuseInside(command: string): void {
  const inside = process.env[insideVariable];
  if (inside === undefined || inside === "") return;
  throw new UserError(
    `this shell is inside the isolated lab ${inside}, which has no way out; leave it (exit), then run \`./lab ${command}\``,
  );
}
