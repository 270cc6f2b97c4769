import { messageOf } from "../../../base/errors.ts";
import { labCommand } from "../../../base/labCommand.ts";
import { cacheDir, labPaths, stateDir, statePaths } from "../../../base/paths.ts";
import type { Session } from "../../../base/session.ts";
import { columns } from "../../../base/textTable.ts";
import { runningMirror } from "../../../mirror/mirrorProcess.ts";
import { readNodes, wasUp } from "../../access/access.ts";
import { nodeTable } from "../../access/nodeTable.ts";
import { nodeHealth } from "../../access/smoke.ts";
import {
  describeAcceleration,
  hasGuestsHere,
  probeAcceleration,
} from "../../place/acceleration.ts";
import { labProcesses } from "../../place/isolatedLab.ts";
import { entrance, findPlace, type Place, placeOfLab } from "../../place/place.ts";
import { backendUrl, findLogin, isOwnBackend } from "../../pulumi/env.ts";
import { type LabConfig, readLabConfig } from "../../pulumi/labConfig.ts";
import { describeLock, stackLocks } from "../../pulumi/stackLock.ts";
import { baseImageFor } from "../../setup/baseImageFor.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab status` */
export const runCommand: Implementation["runCommand"] = async (session) => {
  const { stack, signal } = session;
  const config = await readLabConfig(stack);
  const cache = cacheDir();
  const place = (await wasUp(stack))
    ? await placeOfLab(stack, config)
    : await findPlace(stack, config, () => Promise.resolve(false));
  const mirror = await runningMirror(stack);
  const backend = backendUrl(process.env, await findLogin());
  const isOwn = isOwnBackend(backend);
  const locks = isOwn ? await stackLocks(stack, stateDir()) : [];
  const facts: [string, string][] = [
    ["lab", `${stack}, ${config.lab.nodes.length} nodes, from ${config.file}`],
    ["libvirt", `${place.mode}: ${place.why}${await liveliness(stack, place)}`],
    ...(await acceleration(session, config)),
    [
      "mirror",
      mirror ? `http://${mirror.address}:${mirror.port} (pid ${mirror.pid})` : "not running",
    ],
    ["state", isOwn ? statePaths().backend : (backend ?? "Pulumi Cloud")],
    ["cache", cache],
    ["log", labPaths(stack).log],
    ...locks.map((lock): [string, string] => [
      "locked",
      `${describeLock(lock)}${lock.alive ? "" : `, which is gone: \`${labCommand(stack, "up")}\` removes the lock`}`,
    ]),
  ];
  process.stdout.write(`${columns(facts)}\n\n${await nodesOf(stack, place, signal)}\n`);
  return 0;
};

/** Whether guests here use KVM; undefined if the lab has no guests on this machine. */
export async function acceleration(
  { signal, terminal }: Pick<Session, "signal" | "terminal">,
  config: Pick<LabConfig, "makesMachines" | "hypervisors" | "image">,
): Promise<[string, string][]> {
  if (!hasGuestsHere(config)) return [];
  const cache = cacheDir();
  const image = await baseImageFor(cache, config);
  const onProbe = (message: string) => terminal.say(message);
  const found = await probeAcceleration({ cache, image, signal, onProbe });
  return [["acceleration", describeAcceleration(found)]];
}

async function liveliness(stack: string, { mode }: Place): Promise<string> {
  if (mode !== "isolated") return "";
  const processes = await labProcesses(stack);
  const names = processes.map(({ name, pid }) => `${name} ${pid}`).join(", ");
  return processes.length === 0 ? "; not running" : `; running: ${names}`;
}

async function nodesOf(stack: string, place: Place, signal: AbortSignal): Promise<string> {
  try {
    const nodes = await readNodes(stack);
    const health = await nodeHealth(stack, entrance(stack, place), { signal }).catch(messageOf);
    return typeof health === "string"
      ? `${nodeTable(nodes, undefined)}\n${health}`
      : nodeTable(nodes, health);
  } catch (error) {
    return messageOf(error);
  }
}
