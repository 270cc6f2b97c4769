import * as libvirt from "@pulumi/libvirt";
import type * as pulumi from "@pulumi/pulumi";
import type { GuestNode } from "../../../plan/clusterPlan.ts";

/** Node names contain no dot, so this never equals another node's volume name. */
export const etcdVolumeName = ({ name }: Pick<GuestNode, "name">): string => `${name}.etcd.qcow2`;

/**
 * The disk for etcd's data alone, if the node has one. It survives when the machine is recreated
 * with a new root disk.
 */
export function etcdDisk(
  { name, machine }: GuestNode,
  pool: libvirt.Pool,
  options: pulumi.CustomResourceOptions,
): libvirt.Volume | undefined {
  const { etcdDiskGiB } = machine;
  if (etcdDiskGiB === undefined) {
    return undefined;
  }
  return new libvirt.Volume(
    `${name}-etcd-data`,
    {
      name: etcdVolumeName({ name }),
      pool: pool.name,
      size: etcdDiskGiB * 1024 ** 3,
      format: "qcow2",
    },
    options,
  );
}
