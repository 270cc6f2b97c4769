import { clusterConfig } from "../harness/clusters/containerCluster.ts";
import { startLabMirror } from "../harness/clusters/labMirror.ts";
import { startMachines } from "../harness/machines/startMachines.ts";
import { type BenchLab, planOf, receivedBy, shellWord, stackName } from "./lab.ts";
import type { Shape } from "./shapes.ts";

/** New container machines that accept SSH, with a mirror. */
export async function openContainers({ nodes, api }: Omit<Shape, "title">): Promise<BenchLab> {
  const machines = await startMachines({ name: stackName, nodes });
  try {
    const mirror = await startLabMirror(machines);
    const cluster = { ...clusterConfig(machines, nodes), ...(api === undefined ? {} : { api }) };
    // The harness numbers the bridge's ports in the order of the nodes.
    const ports = Object.fromEntries(nodes.map(({ name }, index) => [name, `port${index + 1}`]));
    return {
      cluster,
      plan: planOf(cluster),
      directory: machines.directory,
      enter: machines.enter,
      root: (node, command, options) =>
        machines.ssh(node, `sudo --non-interactive sh -c ${shellWord(command)}`, options),
      received: () => receivedBy(ports, machines.enter),
      stop: async () => {
        await mirror.stop();
        await machines.stop();
      },
    };
  } catch (error) {
    await machines.stop();
    throw error;
  }
}
