import * as libvirt from "@pulumi/libvirt";
import type * as pulumi from "@pulumi/pulumi";
import type { GuestNode } from "../../cloudinit/seed.ts";

/** Names of nodes have no dot in them: no volume of another node is called like that. */
export const etcdVolumeName = ({ name }: Pick<GuestNode, "name">): string => `${name}.etcd.qcow2`;

/** The disk for etcd's data alone, where the node has one. It stays when the machine is made anew on another root disk. */
export function etcdDisk(
  { name, machine }: GuestNode,
  pool: libvirt.Pool,
  options: pulumi.CustomResourceOptions,
): libvirt.Volume | undefined {
  const { etcdDiskGiB } = machine.guest;
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
