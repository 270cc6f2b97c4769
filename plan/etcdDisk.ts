/** The serial number by which a guest finds the disk for etcd's data. */
export const etcdDiskSerial = "etcd";

/** udev's name for the disk, independent of the guest's other disks. */
export const etcdDiskDevice = `/dev/disk/by-id/virtio-${etcdDiskSerial}`;
