import type { Options } from "execa";
import { run } from "../base/run.ts";
import { gatherSurroundings } from "../config/resolve/gatherSurroundings.ts";
import { labFrom } from "../config/resolve/labFrom.ts";
import type { CommandResult } from "../harness/machines/machinesLab.ts";
import type { ClusterPlan } from "../plan/clusterPlan.ts";
import { planCluster } from "../plan/planCluster.ts";

/** A number for each node, by its name. */
export type ByNode = Readonly<Record<string, number>>;

/** Machines on which one side makes a cluster once; then they are thrown away. */
export interface BenchLab {
  /** `hardway:cluster`, which both sides make. */
  readonly cluster: unknown;
  /** What the program makes of it. */
  readonly plan: ClusterPlan;
  /** Goes with the lab. */
  readonly directory: string;
  /** Put before a command, this runs it where the nodes can be reached. */
  readonly enter: readonly [string, ...string[]];
  /** Absent where the machines answer SSH before the clock starts. */
  readonly guests?: {
    /** Keeps what the program has told libvirt of its machines, so that `boot` makes the very same. */
    learn(): Promise<void>;
    /** By hand: makes and starts all machines once; resolves when this one answers SSH. */
    boot(node: string): Promise<void>;
  };
  /** Runs a shell command as root on a node, in one SSH session. */
  root(node: string, command: string, options?: Options): Promise<CommandResult>;
  /** Bytes that have come to each node since its network card was made, with all headers. */
  received(): Promise<ByNode>;
  stop(): Promise<void>;
}

/** The stack's name, and the lab's. */
export const stackName = "bench";

/** The machines of Pulumi.dev.yaml. */
export const nodes = [
  { name: "control-1", address: "10.17.0.11", roles: ["control-plane"] },
  { name: "worker-1", address: "10.17.0.21", roles: ["worker"] },
  { name: "worker-2", address: "10.17.0.22", roles: ["worker"] },
] as const;

/** The plan that the program makes of this `hardway:cluster` in this environment. */
export function planOf(cluster: unknown): ClusterPlan {
  const lab = labFrom(cluster, gatherSurroundings(stackName, [], process.env));
  return planCluster(lab, undefined).plan;
}

/** `text` as one word for a shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * What the machines have received, from the ports of the bridge in a lab's network: what a port has sent went to the
 * machine behind it.
 *
 * @param ports name or hardware address of each node's port
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
