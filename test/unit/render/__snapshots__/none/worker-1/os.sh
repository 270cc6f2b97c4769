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
if [[ -e /var/lib/hardway/pod-network && $(</var/lib/hardway/pod-network) != none ]]; then
  was=$(</var/lib/hardway/pod-network)
  fail "network.plugin is none, but the pods here have a network of the plugin $was, which a living cluster keeps; write network.plugin: $was again, or recreate the cluster: ./lab destroy, then ./lab up"
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
none
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

# --- delete ---
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
