#!/bin/sh
# Starts libvirtd in the current namespaces, and ends when the daemons run. isolatedLab.ts runs this
# as root: the first time in new network and mount namespaces, later in the lab's own if libvirtd
# ended.
# usage: start.sh DIR MARK CACHE
# - DIR: the lab's directory, which survives a reboot (definitions, leases, disks)
# - MARK: source of the mount that marks the lab's processes
# - CACHE: libvirt's facts about qemu, shared by all labs, since collecting them takes 8 s
set -eu
dir=$1 mark=$2 cache=$3
PATH=$PATH:/usr/sbin:/sbin
export PATH
umask 022

own() { mkdir -p "$1" "$2" && mount --bind "$1" "$2"; }

if ! grep -q " - tmpfs $mark " /proc/self/mountinfo; then
  ip link set lo up
  # Hides the system's libvirt from the lab and the lab's from the system. Sockets and PID files
  # disappear with the namespace.
  mkdir -p /run/libvirt
  mount -t tmpfs -o mode=0755 "$mark" /run/libvirt
  own "$dir/etc" /etc/libvirt
  own "$dir/lib" /var/lib/libvirt
  own "$dir/log" /var/log/libvirt
  own "$cache" /var/cache/libvirt
  # For console logs. libvirtd creates the directory only with a machine's own log, which may be
  # later.
  mkdir -p /var/log/libvirt/qemu
fi

# qemu runs as root: the files above belong to root, and if qemu's user cannot open /dev/kvm,
# libvirtd discards its facts about qemu at each use, which takes 80 s for every define.
cat >/etc/libvirt/qemu.conf <<'CONF'
# Written by hardway at each start. The lab has its own namespaces; qemu needs no others.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
CONF
cat >/etc/libvirt/libvirtd.conf <<'CONF'
# Written by hardway at each start. Only root can reach these sockets.
unix_sock_group = "root"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
CONF
echo 'log_outputs = "3:file:/var/log/libvirt/virtlogd.log"' >/etc/libvirt/virtlogd.conf

# A killed daemon may remain a zombie, which has no executable.
running() { [ -r "$2" ] && case $(readlink "/proc/$(cat "$2")/exe") in */"$1"*) ;; *) false ;; esac; }
daemon() {
  running "$1" "/run/libvirt/$1.pid" ||
    "$1" --daemon --pid-file "/run/libvirt/$1.pid" --config "/etc/libvirt/$1.conf"
}
daemon virtlogd
daemon libvirtd
