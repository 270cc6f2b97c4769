# The machine before any component: booted, with modules, forwarding, and pod routes.
# cloud-init must have finished this machine's first boot.
booted() { [[ -e /var/lib/cloud/instance/boot-finished ]]; }
wait_for 900 cloud-init booted || fail "cloud-init has not finished after 900 s; see /var/log/cloud-init.log on this node"
# /sys/fs/cgroup is a tmpfs on cgroup v1, and on a mix of both.
[[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]] || fail "this machine has cgroup v1, on which the kubelet does not start; boot it with systemd.unified_cgroup_hierarchy=1 on the kernel's command line, or write kubelet: {failCgroupV1: false}"
for command in curl flock gzip ip sha256sum sysctl tar modprobe nft; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it"
done
# A pod keeps the network that it was created in, so a cluster keeps its kind of network.
if [[ -e /var/lib/hardway/pod-network && $(</var/lib/hardway/pod-network) != routes ]]; then
  was=$(</var/lib/hardway/pod-network)
  fail "network.plugin is routes, but the pods here have a network of the plugin $was, which a living cluster keeps; write network.plugin: $was again, or recreate the cluster: ./lab destroy, then ./lab up"
fi

put 600 root:root /etc/ssh/authorized_keys.d/root <<'END'
# Of ssh.authorizedKeys. The program's own key is in root's own file.
END
put 644 root:root /etc/systemd/system/serial-getty@ttyS0.service.d/hardway-autologin.conf <<'END'
# `./lab console` logs in as root.
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200,57600,38400,9600 - $TERM
END
systemctl daemon-reload
systemctl try-restart serial-getty@ttyS0.service
put 644 root:root /etc/systemd/system/service.d/hardway-timer-slack.conf <<'END'
# This processor is emulated, and a wake-up costs as much as work. So timers are grouped.
[Service]
TimerSlackNSec=10ms
END
put 644 root:root /var/lib/hardway/pod-network <<'END'
routes
END
put 644 root:root /etc/modules-load.d/kubernetes.conf <<'END'
br_netfilter
nf_conntrack
overlay
END
modprobe --all br_netfilter nf_conntrack overlay || fail "the kernel lacks a module of: br_netfilter nf_conntrack overlay"
put 644 root:root /etc/sysctl.d/90-kubernetes.conf <<'END'
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1
END
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf
# Pods that ask the node's name server must not be sent to a stub on the node's own loopback.
if [[ -e /run/systemd/resolve/resolv.conf ]]; then
  link /run/systemd/resolve/resolv.conf /etc/kubernetes/resolv.conf
else
  link /etc/resolv.conf /etc/kubernetes/resolv.conf
fi
# Otherwise networkd drops foreign routes whenever it configures a link.
put 644 root:root /etc/systemd/networkd.conf.d/hardway.conf <<'END'
[Network]
ManageForeignRoutes=no
END
put 644 root:root /etc/hardway/pod-network.nft <<'END'
table ip hardway-pod-network
delete table ip hardway-pod-network
table ip hardway-pod-network {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.200.11.0/24 ip daddr != 10.200.0.0/16 ip daddr != 224.0.0.0/4 masquerade
  }
}
END
put 755 root:root /etc/hardway/pod-network.sh <<'END'
#!/bin/bash
# Routes to the pods of other nodes, on control-1. Every 10 s what is missing is made again.
set -uo pipefail

rules() { nft --file /etc/hardway/pod-network.nft; }
has_rules() { [[ $tables == *"table ip hardway-pod-network"* ]]; }

# Routes to the pods of every other node. Routes of this program that are not listed are removed.
wanted=$(sed 's/ #.*//' <<'ROUTES' | sort
10.200.21.0/24 via 10.17.0.21 # worker
10.200.12.0/24 via 10.17.0.12 # control-2
ROUTES
)
present() { ip -oneline route show proto 117 | awk '{ print $1, $2, $3 }' | sort; }
has_routes() { [[ $(present) == "$wanted" ]]; }
routes() {
  local network via address
  while read -r network via address; do
    [[ -z $network ]] || ip route replace "$network" "$via" "$address" proto 117 || return
  done <<<"$wanted"
  present | while read -r network via address; do
    [[ $'\n'$wanted$'\n' == *$'\n'"$network $via $address"$'\n'* ]] || ip route delete "$network" proto 117
  done
}

# A firewall or Docker may drop all forwarded packets; pods' packets are forwarded.
drops_forwarded() { command -v iptables >/dev/null && [[ $(iptables --wait -S FORWARD 2>/dev/null) == "-P FORWARD DROP"* ]]; }
forward() {
  iptables --wait --check FORWARD --source 10.200.0.0/16 --jump ACCEPT 2>/dev/null || iptables --wait --insert FORWARD --source 10.200.0.0/16 --jump ACCEPT
  iptables --wait --check FORWARD --destination 10.200.0.0/16 --jump ACCEPT 2>/dev/null || iptables --wait --insert FORWARD --destination 10.200.0.0/16 --jump ACCEPT
}

rules && routes || exit
systemd-notify --ready
had_proxy=no
while sleep 10; do
  tables=$(nft list tables)
  has_rules || { rules && echo "made the missing rules again"; }
  has_routes || { routes && echo "made the missing routes again"; }
  ! drops_forwarded || forward
  if [[ $tables == *"table ip kube-proxy"* ]]; then
    had_proxy=yes
  elif [[ $had_proxy == yes ]]; then
    had_proxy=no
    systemctl try-restart kube-proxy.service && echo "restarted kube-proxy, whose rules were missing"
  fi
done
END

put 644 root:root /etc/systemd/system/hardway-pod-network.service <<'END'
[Unit]
Description=Routes to the pods of other nodes
Documentation=https://kubernetes.io/docs/concepts/cluster-administration/networking/
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=all
ExecStart=/etc/hardway/pod-network.sh
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
END
healthy() { systemctl --quiet is-active hardway-pod-network.service; }
converge hardway-pod-network.service 30 healthy /etc/hardway/pod-network.nft /etc/hardway/pod-network.sh

# --- delete ---
remove_unit hardway-pod-network.service
ip route flush proto 117
nft delete table ip hardway-pod-network 2>/dev/null || true
iptables --wait --delete FORWARD --source 10.200.0.0/16 --jump ACCEPT 2>/dev/null || true
iptables --wait --delete FORWARD --destination 10.200.0.0/16 --jump ACCEPT 2>/dev/null || true
rm -rf /etc/ssh/authorized_keys.d/root \
  /etc/systemd/system/serial-getty@ttyS0.service.d/hardway-autologin.conf \
  /etc/systemd/system/service.d/hardway-timer-slack.conf \
  /etc/modules-load.d/kubernetes.conf \
  /etc/sysctl.d/90-kubernetes.conf \
  /etc/systemd/networkd.conf.d/hardway.conf \
  /etc/hardway \
  /etc/kubernetes \
  /opt/hardway \
  /var/lib/hardway
