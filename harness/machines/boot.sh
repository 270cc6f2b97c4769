#!/bin/bash
# boot.sh: one boot of a container machine, from power on to reboot (exit code 133), shutdown (0) or
# power cut (killed). Everything it creates (mounts, network, processes) ends with it.
# In the environment:
#   NAME, ADDRESS (with prefix length), GATEWAY, PORT (its name on the bridge)
#   ROOTFS shared and read-only; DIRECTORY the machine's: upper, work, root, var-lib
#   NETWORK_PID a process in the lab's network namespace
#   CGROUP relative to each hierarchy: hardway-machines/<lab>/<machine>
set -euo pipefail

# A separate cgroup in every v1 hierarchy; else machines share their starter's limits.
for hierarchy in /sys/fs/cgroup/*/; do
  hierarchy=${hierarchy%/}
  [ ! -L "$hierarchy" ] || continue
  path=$hierarchy
  for part in ${CGROUP//\// }; do
    mkdir -p "$path/$part"
    # A new cpuset is empty, and an empty cpuset accepts no process.
    for list in cpuset.cpus cpuset.mems; do
      [ ! -e "$path/$part/$list" ] || [ -n "$(cat "$path/$part/$list")" ] || cat "$path/$list" >"$path/$part/$list"
    done
    path=$path/$part
  done
  echo $$ >"$path/cgroup.procs"
done

# volatile: etcd's fsync must not wait for the disk of a busy machine. Written data survives a power
# cut of the container machine, because it is in this machine's memory. The mark against remounting
# after an unclean end only guards against a crash of this machine.
rm -rf "$DIRECTORY/work/work/incompat"
mount -t overlay "$NAME" -o "lowerdir=$ROOTFS,upperdir=$DIRECTORY/upper,workdir=$DIRECTORY/work,volatile" "$DIRECTORY/root"

# A new network namespace for each boot: a reboot loses the pods' bridge, routes and rules.
mkdir -p /run/netns
mount -t tmpfs netns /run/netns
touch /run/netns/lab /run/netns/machine
mount --bind "/proc/$NETWORK_PID/ns/net" /run/netns/lab
unshare --net=/run/netns/machine true
ip -n lab link delete "$PORT" 2>/dev/null || true
# The same MAC address at every boot, like a real card, because other machines cache it.
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
# The environment: the v1 hierarchies of this machine, with the container's part of each as root,
# and a complete, writable sysfs.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=0 SYSTEMD_NSPAWN_USE_CGNS=1
# /var/lib is no overlay, because containerd's snapshots there cannot be on an overlay.
# CAP_SYS_TIME is dropped, because the clock is shared. The outer process namespace: a SIGKILL to
# this script leaves no orphan.
exec unshare --pid --fork --kill-child --mount-proc \
  systemd-nspawn --directory="$DIRECTORY/root" --machine="$NAME" --register=no --keep-unit \
  --network-namespace-path=/run/netns/machine --capability=all --drop-capability=CAP_SYS_TIME \
  --system-call-filter='@default @known' "${devices[@]}" \
  --bind="$DIRECTORY/var-lib:/var/lib" --link-journal=no --resolv-conf=off --timezone=off \
  --console=read-only --kill-signal=SIGRTMIN+3 /usr/local/sbin/machine-init
