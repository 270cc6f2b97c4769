#!/bin/bash
# boot.sh: one boot of a container machine, from power on to reboot (exit code 133), shutdown (0) or power cut (killed).
# Everything it makes (mounts, network, processes) ends with it. In the environment:
#   NAME, ADDRESS (with prefix length), GATEWAY, PORT (its name on the bridge)
#   ROOTFS shared and read-only; DIRECTORY the machine's own: upper, work, root, var-lib
#   NETWORK_PID a process in the lab's network namespace; CGROUP below each hierarchy: hardway-machines/<lab>/<machine>
set -euo pipefail

# A cgroup of its own in every v1 hierarchy: else machines share one, and the limits of whoever started them.
for hierarchy in /sys/fs/cgroup/*/; do
  hierarchy=${hierarchy%/}
  [ ! -L "$hierarchy" ] || continue
  path=$hierarchy
  for part in ${CGROUP//\// }; do
    mkdir -p "$path/$part"
    # A new cpuset is empty, and an empty one takes no process.
    for list in cpuset.cpus cpuset.mems; do
      [ ! -e "$path/$part/$list" ] || [ -n "$(cat "$path/$part/$list")" ] || cat "$path/$list" >"$path/$part/$list"
    done
    path=$path/$part
  done
  echo $$ >"$path/cgroup.procs"
done

# volatile: an fsync of etcd's must not wait for the disk of a busy host. What was written outlives a power cut of the machine
# all the same, being in the host's memory; the mark against remounting after an unclean end guards the host's own crash.
rm -rf "$DIRECTORY/work/work/incompat"
mount -t overlay "$NAME" -o "lowerdir=$ROOTFS,upperdir=$DIRECTORY/upper,workdir=$DIRECTORY/work,volatile" "$DIRECTORY/root"

# A network of its own for this boot alone: a machine that reboots has lost its pods' bridge, routes and rules.
mkdir -p /run/netns
mount -t tmpfs netns /run/netns
touch /run/netns/lab /run/netns/machine
mount --bind "/proc/$NETWORK_PID/ns/net" /run/netns/lab
unshare --net=/run/netns/machine true
ip -n lab link delete "$PORT" 2>/dev/null || true
# The same hardware address at every boot, as a real card has: others would go on sending to the one they know.
IFS=. read -r -a octets <<<"${ADDRESS%/*}"
printf -v mac '02:00:%02x:%02x:%02x:%02x' "${octets[@]}"
ip -n lab link add "$PORT" type veth peer name eth0 address "$mac" netns machine
ip -n lab link set "$PORT" master br0 up
ip -n machine link set lo up
ip -n machine address add "$ADDRESS" dev eth0
ip -n machine link set eth0 up
ip -n machine route add default via "$GATEWAY"

devices=()
for device in /dev/kmsg /dev/fuse /dev/net/tun; do
  [ ! -e $device ] || devices+=("--bind=$device")
done
# The environment: v1 hierarchies as the host has them, the machine's own part of each as its root, and a whole, writable sysfs.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=0 SYSTEMD_NSPAWN_USE_CGNS=1
# /var/lib is no overlay: containerd lays its snapshots over each other there, which an overlay does not bear.
# CAP_SYS_TIME stays out: the clock is the host's. The process namespace around it: SIGKILL to this leaves no orphan.
exec unshare --pid --fork --kill-child --mount-proc \
  systemd-nspawn --directory="$DIRECTORY/root" --machine="$NAME" --register=no --keep-unit \
  --network-namespace-path=/run/netns/machine --capability=all --drop-capability=CAP_SYS_TIME \
  --system-call-filter='@default @known' "${devices[@]}" \
  --bind="$DIRECTORY/var-lib:/var/lib" --link-journal=no --resolv-conf=off --timezone=off \
  --console=read-only --kill-signal=SIGRTMIN+3 /usr/local/sbin/machine-init
