import type { MachinesLab } from "../machines/machinesLab.ts";
import { startMachines } from "../machines/startMachines.ts";
import type { Cluster, ClusterNode } from "./cluster.ts";
import { containerCluster } from "./containerCluster.ts";
import { startLabMirror } from "./labMirror.ts";
import { type Changes, TestStack } from "./testStack.ts";

export interface BuiltClusterOptions {
  /** The name of the machines' lab and of the stack; a name can be used once at a time. */
  readonly name: string;
  readonly machines: readonly ClusterNode[];
  /** The machines that are Kubernetes nodes. @default all of them */
  readonly nodes?: readonly ClusterNode[];
  /** `hardway:cluster` of these machines. */
  readonly config: (lab: MachinesLab) => object;
}

/** A cluster for a test file about its lifecycle. */
export interface BuiltCluster {
  readonly lab: MachinesLab;
  readonly stack: TestStack;
  /** The changes of the first `up`. */
  readonly first: Changes;
  /** Accessed with the administrator's kubeconfig of that `up`. */
  readonly cluster: Cluster;
  /** Removes everything. */
  readonly stop: () => Promise<void>;
}

/** Starts container machines and a mirror, runs `pulumi up`, and prints how long it took. */
export async function buildCluster(options: BuiltClusterOptions): Promise<BuiltCluster> {
  const { name, machines, nodes = machines, config } = options;
  const lab = await startMachines({ name, nodes: machines });
  const stops = [() => lab.stop()];
  const stop = async () => {
    for (const one of stops.reverse()) await one();
  };
  try {
    const mirror = await startLabMirror(lab);
    stops.push(() => mirror.stop());
    const { directory, enter } = lab;
    const stack = await TestStack.create({ name, directory, enter, cluster: config(lab) });
    const begun = performance.now();
    const first = await stack.up();
    process.stdout.write(`up: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    const cluster = await containerCluster(lab, nodes, {
      kubeconfig: await stack.output("kubeconfig"),
      apiUrl: await stack.output("endpoint"),
    });
    return { lab, stack, first, cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
