#!/bin/sh
# An SSH server for the libvirt of the namespaces that this is run in, with mounts of its own. sshd and what it needs are the
# container machines'; libvirt's sockets are the namespaces'. Becomes sshd, and leaves nothing when that ends.
# usage: hypervisorSshd.sh ROOTFS FILES MOUNT
#   ROOTFS  the container machines' root file system
#   FILES   what lies over it: sshd's config, its keys
#   MOUNT   an empty directory to work in
set -eu
rootfs=$1 files=$2 mount=$3
mount -t tmpfs sshd "$mount"
mkdir "$mount/upper" "$mount/work" "$mount/root"
root=$mount/root
mount -t overlay sshd -o "lowerdir=$files:$rootfs,upperdir=$mount/upper,workdir=$mount/work" "$root"
mkdir -p "$root/run/sshd" "$root/run/libvirt"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount --bind /run/libvirt "$root/run/libvirt"
exec chroot "$root" /usr/sbin/sshd -D -e -f /etc/ssh/sshd_hypervisor
