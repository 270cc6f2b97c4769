#!/bin/sh
# An SSH server for the libvirt of the current namespaces, with separate mounts: sshd and its files
# come from the container machines' root file system, libvirt's sockets from the namespaces.
# Becomes sshd; nothing remains after sshd ends.
# usage: hypervisorSshd.sh ROOTFS FILES MOUNT
#   ROOTFS  the container machines' root file system
#   FILES   an upper layer: sshd's config and keys
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
