#!/bin/sh
# Starts libvirtd in the namespaces it is run in; isolated.ts runs it as root, in new network and mount namespaces the first
# time, in the lab's own when only libvirtd is gone. Ends when the daemons run.
# usage: start.sh DIR MARK CACHE
#   DIR    the lab's own directory: what libvirt must find again after a restart of the machine (definitions, leases, disks)
#   MARK   name of the mount by which the lab's processes are recognised
#   CACHE  what libvirt found out about qemu, shared between labs: asking takes it 8 s
set -eu
dir=$1 mark=$2 cache=$3
PATH=$PATH:/usr/sbin:/sbin
export PATH
umask 022

own() { mkdir -p "$1" "$2" && mount --bind "$1" "$2"; }

if ! grep -q " - tmpfs $mark " /proc/self/mountinfo; then
  ip link set lo up
  # Nothing of the host's libvirt is seen in here and nothing of ours outside. Sockets and pids go with the namespace.
  mkdir -p /run/libvirt
  mount -t tmpfs -o mode=0755 "$mark" /run/libvirt
  own "$dir/etc" /etc/libvirt
  own "$dir/lib" /var/lib/libvirt
  own "$dir/log" /var/log/libvirt
  own "$cache" /var/cache/libvirt
  # Machines' console logs go there; libvirtd itself makes it only with a machine's own log, which may be later.
  mkdir -p /var/log/libvirt/qemu
fi

# As root, for two reasons: the files above belong to nobody else, and a libvirtd whose qemu user may not open /dev/kvm throws
# away what it knows of qemu at each look-up, which takes 80 s for every define.
cat >/etc/libvirt/qemu.conf <<'CONF'
# Written by hardway at each start. The lab already has namespaces of its own: no second ring inside them.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
CONF
cat >/etc/libvirt/libvirtd.conf <<'CONF'
# Written by hardway at each start. Only root gets as far as these sockets.
unix_sock_group = "root"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
CONF
echo 'log_outputs = "3:file:/var/log/libvirt/virtlogd.log"' >/etc/libvirt/virtlogd.conf

# A daemon that was killed may still stand in the process table until its parent buries it: that one has no program any more.
running() { [ -r "$2" ] && case $(readlink "/proc/$(cat "$2")/exe") in */"$1"*) ;; *) false ;; esac; }
daemon() {
  running "$1" "/run/libvirt/$1.pid" ||
    "$1" --daemon --pid-file "/run/libvirt/$1.pid" --config "/etc/libvirt/$1.conf"
}
daemon virtlogd
daemon libvirtd
