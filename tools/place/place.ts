import { stat } from "node:fs/promises";
import { UserError } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import { labPaths } from "../../base/paths.ts";
import { tryRun } from "../../base/run.ts";
import type { Session } from "../../base/session.ts";
import type { Lab } from "../../model/lab.ts";
import type { LabConfig } from "../pulumi/labConfig.ts";
import { enterIsolated, labProcesses, startIsolated } from "./isolatedLab.ts";

/**
 * Where a lab's machines are: in the system's libvirt, in the lab's own namespaces, or elsewhere.
 */
export interface Place {
  readonly mode: "system" | "isolated" | "elsewhere";
  readonly why: string;
}

/** Names the stack in a `lab shell` inside an isolated lab. */
export const insideVariable = "HARDWAY_INSIDE";

/** Whether the system's libvirt answers within a short time; false without virsh. */
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

/** The place of a lab if it does not depend on what runs on this machine now. */
async function settledPlace(stack: string, config: Placed): Promise<Place | undefined> {
  if (process.env[insideVariable] === stack) {
    return { mode: "system", why: "this shell is inside the isolated lab" };
  }
  if (!config.makesMachines) {
    return { mode: "elsewhere", why: "every node is an existing machine" };
  }
  const uris = config.hypervisors.filter(({ nodes }) => nodes.length > 0).map(({ uri }) => uri);
  if (uris.length > 0 && !uris.includes("qemu:///system")) {
    return { mode: "elsewhere", why: `guests are at ${uris.join(", ")}` };
  }
  if ((await labProcesses(stack)).length > 0) {
    return { mode: "isolated", why: "it runs in its own namespaces" };
  }
  if (await stat(labPaths(stack).isolated).catch(() => undefined)) {
    return { mode: "isolated", why: "it was created in its own namespaces" };
  }
  return undefined;
}

/**
 * The place of an existing lab. If the lab has no namespaces, it is in the system's libvirt, even
 * if that does not run now: the nodes may still answer.
 */
export async function placeOfLab(stack: string, config: Placed): Promise<Place> {
  const settled = await settledPlace(stack, config);
  return settled ?? { mode: "system", why: (await systemLibvirt()).why };
}

/**
 * Decides where a lab is or will be. An existing lab stays where its disks are.
 *
 * @param hasMachines whether the state has resources in a libvirt of this machine; called only if
 * the system's libvirt does not answer and the lab has no namespaces
 * @throws UserError if the lab needs the system's libvirt and that does not answer
 */
export async function findPlace(
  stack: string,
  config: Placed & { readonly lab: { readonly network: Pick<Lab["network"], "bridge"> } },
  hasMachines: () => Promise<boolean>,
): Promise<Place> {
  const settled = await settledPlace(stack, config);
  if (settled !== undefined) return settled;
  const { answers, why } = await systemLibvirt();
  if (answers) return { mode: "system", why };
  if (await hasMachines()) throw libvirtIsAway(stack, why);
  const { bridge } = config.lab.network;
  if (bridge === undefined) return { mode: "isolated", why };
  throw new UserError({
    place: "network.bridge",
    found: `${bridge}, and ${why}`,
    expected:
      "a libvirt that reaches this machine's bridges; a libvirt in a lab's own namespaces does not",
    remedy:
      "start the system's libvirt (systemctl enable --now libvirtd), or remove bridge, gateway and mirrorAddress for a network behind NAT",
  });
}

function libvirtIsAway(stack: string, why: string): UserError {
  return new UserError({
    place: `lab ${stack}`,
    found: `machines in its state, and ${why}`,
    expected: "the libvirt that runs them",
    remedy: `start the system's libvirt (systemctl enable --now libvirtd); if they were in the lab's own namespaces and the lab's directory with their disks was deleted, \`mkdir -p ${labPaths(stack).isolated}\` makes lab treat them as lost`,
  });
}

/** Wraps a command so that it reaches the lab; outside an isolated lab, returns it unchanged. */
export type Enter = (argv: readonly string[]) => Promise<string[]>;

/** Runs commands outside the lab. */
export const enterNothing: Enter = (argv) => Promise.resolve([...argv]);

/** Returns how commands reach a running lab. */
export function entrance(stack: string, { mode }: Place): Enter {
  if (mode === "isolated") return (argv) => enterIsolated(stack, argv);
  return enterNothing;
}

/** Starts the lab's libvirt if needed; returns how commands reach it. */
export async function openPlace(session: Session, place: Place): Promise<Enter> {
  if (place.mode === "isolated") await startIsolated(session);
  return entrance(session.stack, place);
}

/** @throws UserError in a shell inside an isolated lab, whose processes end with the lab */
export function refuseInside({ stack }: Pick<Session, "stack">, command: string): void {
  const inside = process.env[insideVariable];
  if (inside === undefined || inside === "") return;
  throw new UserError(
    `this shell is inside the isolated lab ${inside}, where ./lab cannot do this; leave it (exit), then run \`${labCommand(stack, command)}\``,
  );
}
