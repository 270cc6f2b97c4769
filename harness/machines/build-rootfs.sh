#!/bin/bash
# build-rootfs.sh DIRECTORY: the root file system that all container machines share, read-only, under what is their own.
# Needs root and the Debian package mmdebstrap.
set -euo pipefail
[ "${1:-}" = --inside ] && root=$2 || root=${1:?usage: build-rootfs.sh DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8
if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap >/dev/null; then
  echo "build-rootfs.sh: needs root and mmdebstrap; as root: apt-get install mmdebstrap" >&2
  exit 1
fi
# Namespaces of its own: whatever ends this script takes its children and mounts along.
if [ "${1:-}" != --inside ]; then
  exec unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$root"
fi

mmdebstrap --quiet --variant=minbase --include="$(paste --serial --delimiters=, "$here/packages.txt")" \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  bookworm "$root"
cp --recursive --preserve=mode "$here/rootfs/." "$root/"
: >"$root/etc/machine-id" # empty: each machine gets its own at its first boot
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/resolv.conf"
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 hw
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

rm -f "$root"/etc/systemd/system/multi-user.target.wants/{haproxy,keepalived}.service # a load balancer has units of its own

# What the host's kernel has built in, so that modprobe says yes to it.
modules=$root/lib/modules/$(uname --kernel-release)
mkdir -p "$modules"
printf 'kernel/%s.ko\n' fs/overlayfs/overlay net/bridge/br_netfilter net/bridge/bridge \
  net/netfilter/nf_conntrack net/netfilter/nf_tables drivers/net/vxlan/vxlan drivers/net/veth >"$modules/modules.builtin"
if [ -e /proc/net/ip_vs ]; then
  printf 'kernel/net/netfilter/ipvs/%s.ko\n' ip_vs ip_vs_rr ip_vs_sh ip_vs_wrr >>"$modules/modules.builtin"
fi
: >"$modules/modules.order"
chroot "$root" depmod "$(uname --kernel-release)"
