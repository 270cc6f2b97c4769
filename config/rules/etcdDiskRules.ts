import { type ConfigProblem, problemAt } from "../messages/problem.ts";
import type { NodeGroup } from "./nodeGroups.ts";

/** Only VMs that are etcd members can have a disk for etcd. */
export function etcdDiskRules(groups: readonly NodeGroup[]): ConfigProblem[] {
  const hasRole = (role: "etcd" | "control-plane", { settings }: NodeGroup) =>
    settings.roles?.includes(role) === true;
  // A group with invalid roles may be a member.
  const rolesKnown = groups.every(({ settings }) => settings.roles !== undefined);
  const role = groups.some((group) => hasRole("etcd", group)) ? "etcd" : "control-plane";
  return groups
    .filter(({ settings }) => settings.etcdDiskGiB !== undefined)
    .flatMap((group) => {
      const at = (message: string) => [problemAt([...group.keys, "etcdDiskGiB"], message)];
      if (group.settings.host !== undefined) {
        return at(
          "hardware of an existing machine cannot be configured; mount a disk at /var/lib/etcd there, and remove this",
        );
      }
      return rolesKnown && !hasRole(role, group)
        ? at(`etcd does not run here, only on nodes with the role ${role}; remove it`)
        : [];
    });
}
