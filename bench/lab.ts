import type { Options } from "execa";
import { run } from "../base/run.ts";
import { gatherSurroundings } from "../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../config/resolve/labFrom.ts";
import type { CommandResult } from "../harness/machines/machinesLab.ts";
import type { ClusterPlan } from "../plan/clusterPlan.ts";
import { planCluster } from "../plan/planCluster.ts";

/** A number for each node, by its name. */
export type ByNode = Readonly<Record<string, number>>;

/** Machines on which one side creates a cluster once; they are removed afterwards. */
export interface BenchLab {
  /** `hardway:cluster`, from which both sides create the cluster. */
  readonly cluster: unknown;
  /** The program's plan for it. */
  readonly plan: ClusterPlan;
  /** Removed together with the lab. */
  readonly directory: string;
  /** A command prefix that runs a command in the nodes' network. */
  readonly enter: readonly [string, ...string[]];
  /** Absent if the machines accept SSH before the clock starts. */
  readonly guests?: {
    /** Records the program's libvirt definitions, so that `boot` creates identical machines. */
    learn(): Promise<void>;
    /** The reference: creates and starts all machines once; resolves when this one accepts SSH. */
    boot(node: string): Promise<void>;
  };
  /** Runs a shell command as root on a node, in one SSH session. */
  root(node: string, command: string, options?: Options): Promise<CommandResult>;
  /** Bytes that each node has received since its network card was created, with all headers. */
  received(): Promise<ByNode>;
  stop(): Promise<void>;
}

/** The name of the stack and of the lab. */
export const stackName = "bench";

/** The machines of Pulumi.dev.yaml. */
export const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
  { name: "worker-2", address: "10.17.0.22", roles: ["worker"] },
] as const;

/** The program's plan for this `hardway:cluster` in this environment. */
export function planOf(cluster: unknown): ClusterPlan {
  const lab = labFrom(cluster, gatherSurroundings(stackName, [], process.env));
  return planCluster(lab, undefined).plan;
}

/** Quotes `text` as one shell word. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Bytes received by the machines, from the bridge's ports: a port's sent bytes went to its machine.
 *
 * @param ports name or MAC address of each node's port
 */
export async function receivedBy(
  ports: Readonly<Record<string, string>>,
  enter: BenchLab["enter"],
): Promise<ByNode> {
  const [command, ...args] = [...enter, "ip", "-json", "-statistics", "link", "show"] as const;
  const links = JSON.parse(await run(command, args)) as {
    ifname: string;
    address: string;
    stats64?: { tx: { bytes: number } };
  }[];
  const bytes = Object.entries(ports).map(([node, port]) => {
    const link = links.find(({ ifname, address }) => ifname === port || address === port);
    if (link?.stats64 === undefined) throw new Error(`no interface ${port} in the lab's network`);
    return [node, link.stats64.tx.bytes] as const;
  });
  return Object.fromEntries(bytes);
}
