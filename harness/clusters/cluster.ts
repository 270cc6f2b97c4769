import type { Options } from "execa";
import type { CommandResult } from "../machines/machinesLab.ts";

/** A cluster's interface for the checks, the same for every kind of machine. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  /** `https://address:6443`. */
  readonly apiUrl: string;
  /**
   * Runs kubectl as the administrator and returns its output. Throws with the output if it fails.
   */
  kubectl(args: readonly string[], options?: Options): Promise<string>;
  /** The command behind `kubectl`, for tests that expect a failure or keep it running. */
  readonly kubectlCommand: readonly [string, ...string[]];
  /** Runs a command on this machine, in the lab's network. */
  exec(argv: readonly string[], options?: Options): Promise<CommandResult>;
  /** Runs a shell command on a node, as a user with sudo. */
  ssh(node: string, command: string, options?: Options): Promise<CommandResult>;
}

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
}

export function controlPlaneOf({ nodes }: Cluster): ClusterNode {
  return found(
    nodes.find(({ roles }) => roles.includes("control-plane")),
    "a control plane",
  );
}

export function workersOf({ nodes }: Cluster): ClusterNode[] {
  return nodes.filter(({ roles }) => roles.includes("worker"));
}

/** Returns `value`, or throws if it is missing. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`wanted ${what}, got none`);
  return value;
}

/** Lists objects of the API: `kubectl get --output json`. */
export async function list<T>(cluster: Cluster, args: readonly string[]): Promise<T[]> {
  const text = await cluster.kubectl(["get", ...args, "--output", "json"]);
  return (JSON.parse(text) as { items: T[] }).items;
}
