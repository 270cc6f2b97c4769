/** By which a guest knows the disk that is for etcd's data: what a virtio disk has in place of a serial number. */
export const etcdDiskSerial = "etcd";

/** The name that udev gives it, whatever other disks the guest has. */
export const etcdDiskDevice = `/dev/disk/by-id/virtio-${etcdDiskSerial}`;
