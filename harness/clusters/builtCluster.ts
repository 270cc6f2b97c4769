import type { MachinesLab } from "../machines/machinesLab.ts";
import { startMachines } from "../machines/startMachines.ts";
import type { Cluster, ClusterNode } from "./cluster.ts";
import { containerCluster } from "./containerCluster.ts";
import { startLabMirror } from "./labMirror.ts";
import { type Changes, TestStack } from "./testStack.ts";

export interface BuiltClusterOptions {
  /** Of the machines and of the stack; one lab of a name at a time. */
  readonly name: string;
  readonly machines: readonly ClusterNode[];
  /** Those machines that are nodes of Kubernetes. @default all of them */
  readonly nodes?: readonly ClusterNode[];
  /** `hardway:cluster` of these machines. */
  readonly config: (lab: MachinesLab) => object;
}

/** What a test file about one cluster's life begins with. */
export interface BuiltCluster {
  readonly lab: MachinesLab;
  readonly stack: TestStack;
  /** What the first `up` did. */
  readonly first: Changes;
  /** Reached by the administrator, where that `up` said. */
  readonly cluster: Cluster;
  /** Nothing is left of it. */
  readonly stop: () => Promise<void>;
}

/** Starts container machines and the mirror beside them, and has `pulumi up` make the cluster; says how long that took. */
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
