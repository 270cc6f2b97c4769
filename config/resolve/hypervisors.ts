import type { Keys } from "../messages/problem.ts";
import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";

/** A hypervisor as configured; malformed fields are undefined. */
export interface HypervisorSettings {
  /** Its key in `machines.hypervisors`; unset for the only one, which `machines.libvirt` gives. */
  readonly name?: string;
  readonly uri: string | undefined;
  readonly domainType: ClusterConfig["machines"]["domainType"] | undefined;
  /** The config keys of its domain type. */
  readonly domainTypeKeys: Keys;
  /** The directory of disks. Each lab has its own directory there. */
  readonly pool: string | undefined;
  /** The existing bridge that machines are attached to; unset if they get their own network. */
  readonly bridge: string | undefined;
}

/** Every hypervisor in the config, including those without machines. */
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
 * The name of the hypervisor of a node. A pool's nodes are distributed by their own number, so that
 * adding a node or a hypervisor elsewhere moves none of them.
 */
export function hypervisorAt(
  { machines }: ClusterConfig,
  choices: readonly string[],
  index = 0,
): string | undefined {
  const names = choices.length > 0 ? choices : Object.keys(machines.hypervisors ?? {});
  return names[index % names.length];
}
