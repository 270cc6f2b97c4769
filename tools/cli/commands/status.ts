import { messageOf } from "../../../base/errors.ts";
import { labCommand } from "../../../base/labCommand.ts";
import { cacheDir, labPaths, stateDir, statePaths } from "../../../base/paths.ts";
import type { Session } from "../../../base/session.ts";
import { columns } from "../../../base/textTable.ts";
import { runningMirror } from "../../../mirror/mirrorProcess.ts";
import { isKubernetesNode } from "../../../model/roles.ts";
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
export const runCommand: Implementation["runCommand"] = async (session, { options }) => {
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
  const { table, ...cluster } = await clusterOf(stack, place, signal);
  const isHealthy = cluster.fault === undefined && cluster.nodes.every(({ isReady }) => isReady);
  const report = { stack, isHealthy, ...Object.fromEntries(facts), ...cluster };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : `${columns(facts)}\n\n${table}\n`,
  );
  return isHealthy ? 0 : 1;
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

interface ClusterStatus {
  readonly nodes: readonly { readonly name: string; readonly isReady: boolean }[];
  /** Why the nodes' health is unknown. */
  readonly fault?: string;
  readonly table: string;
}

async function clusterOf(stack: string, place: Place, signal: AbortSignal): Promise<ClusterStatus> {
  try {
    const nodes = await readNodes(stack);
    const health = await nodeHealth(stack, entrance(stack, place), { signal }).catch(messageOf);
    if (typeof health === "string") {
      const states = nodes.map(({ name }) => ({ name, isReady: false }));
      return { nodes: states, fault: health, table: `${nodeTable(nodes, undefined)}\n${health}` };
    }
    const states = nodes.map((node) => ({
      name: node.name,
      isReady:
        !isKubernetesNode(node) || health.some(({ name, ready }) => name === node.name && ready),
    }));
    return { nodes: states, table: nodeTable(nodes, health) };
  } catch (error) {
    const fault = messageOf(error);
    return { nodes: [], fault, table: fault };
  }
}
