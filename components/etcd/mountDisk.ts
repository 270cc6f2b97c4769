import { putFile } from "../remote/script.ts";
import { renderUnit } from "../remote/unit.ts";

/** systemd requires a mount unit to be named after its mount point. */
export const mountUnit = "var-lib-etcd.mount";

export interface EtcdDisk {
  /** The device's path in the guest, like `/dev/disk/by-id/virtio-etcd`. */
  readonly device: string;
  readonly directory: string;
  /** `user:group` of everything on the disk. */
  readonly owner: string;
}

/**
 * Mounts the disk at `directory`, in this boot and in every later one. Only an entirely empty disk
 * is formatted.
 */
export function mountDisk({ device, directory, owner }: EtcdDisk): string {
  const unit = renderUnit({
    Unit: {
      Description: "The disk for etcd's data",
      Documentation: "https://etcd.io/docs/v3.6/op-guide/hardware/#disks",
    },
    Mount: {
      What: device,
      Where: directory,
      Type: "ext4",
      Options: "noatime",
    },
  });
  return `# Its data has a disk of its own: no image and no log of others is in the way of its writes.
device=${device}
[[ -b $device ]] || fail "this machine has no disk $device; make the machine anew"
for command in blkid mkfs.ext4; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it, or take etcdDiskGiB out"
done
# Formatted only where blkid finds nothing on it, neither a file system nor partitions: that is 2.
found=0
blkid --probe "$device" >/dev/null || found=$?
if [[ $found == 2 ]]; then
  mkfs.ext4 -q -L etcd "$device"
  say "formatted $device"
fi
${putFile(`/etc/systemd/system/${mountUnit}`, unit)}mounted() { mountpoint --quiet ${directory}; }
converge ${mountUnit} 60 mounted
# For what a repair finds. etcd would warn of it at each start; a repair makes it again.
[[ ! -d ${directory}/lost+found ]] || rmdir ${directory}/lost+found
# On a machine made anew the user may have another number.
systemctl --quiet is-active etcd.service || chown --recursive ${owner} ${directory}
`;
}
