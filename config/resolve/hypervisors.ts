import type { Keys } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";

/** A libvirt that makes machines, as the config says it; what was malformed is undefined. */
export interface HypervisorSettings {
  /** Its key in `machines.hypervisors`; unset for the only one, which `machines.libvirt` says. */
  readonly name?: string;
  readonly uri: string | undefined;
  readonly domainType: ClusterConfig["machines"]["domainType"] | undefined;
  /** Where its domain type stands. */
  readonly domainTypeKeys: Keys;
  /** Directory of its machines' disks; each lab has its own folder there. */
  readonly pool: string | undefined;
  /** The bridge that is there for its machines; unset where they get a network of their own. */
  readonly bridge: string | undefined;
}

/** Every libvirt that the config names, those that make no machine of this lab too. */
export function hypervisorsOf(config: Draft<ClusterConfig>): HypervisorSettings[] {
  const { machines = {}, network = {} } = config;
  const common = {
    domainType: machines.domainType,
    domainTypeKeys: ["machines", "domainType"],
    pool: machines.pool,
    bridge: network.bridge,
  };
  if (machines.hypervisors === undefined) {
    return [{ uri: "libvirt" in machines ? machines.libvirt : "qemu:///system", ...common }];
  }
  return Object.entries(machines.hypervisors).map(([name, own = {}]) => {
    const domainTypeKeys = ["machines", "hypervisors", name, "domainType"];
    return {
      name,
      uri: own.libvirt,
      ...common,
      ...("domainType" in own ? { domainType: own.domainType, domainTypeKeys } : {}),
      ...("pool" in own ? { pool: own.pool } : {}),
      ...("bridge" in own ? { bridge: own.bridge } : {}),
    };
  });
}

/**
 * The name of the hypervisor that makes a node. A pool's nodes take turns by their own number, so that none moves when a
 * node or a hypervisor more comes to the lab.
 */
export function hypervisorAt(
  { machines }: ClusterConfig,
  choices: readonly string[],
  index = 0,
): string | undefined {
  const names = choices.length > 0 ? choices : Object.keys(machines.hypervisors ?? {});
  return names[index % names.length];
}
