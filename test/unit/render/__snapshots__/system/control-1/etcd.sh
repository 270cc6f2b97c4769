# etcd stores the whole state of the cluster. Its own user, its own authority, and data that nobody else can read.
getent passwd etcd >/dev/null || useradd --system --user-group --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
# Its data has a disk of its own: no image and no log of others is in the way of its writes.
device=/dev/disk/by-id/virtio-etcd
[[ -b $device ]] || fail "this machine has no disk $device; make the machine anew"
for command in blkid mkfs.ext4; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it, or take etcdDiskGiB out"
done
# Formatted only where blkid finds nothing on it, neither a file system nor partitions: that is 2.
found=0
blkid --probe "$device" >/dev/null || found=$?
if [[ $found == 2 ]]; then
  mkfs.ext4 -q -L etcd "$device"
  say "formatted $device"
fi
put 644 root:root /etc/systemd/system/var-lib-etcd.mount <<'END'
[Unit]
Description=The disk for etcd's data
Documentation=https://etcd.io/docs/v3.6/op-guide/hardware/#disks

[Mount]
What=/dev/disk/by-id/virtio-etcd
Where=/var/lib/etcd
Type=ext4
Options=noatime

[Install]
WantedBy=multi-user.target
END
mounted() { mountpoint --quiet /var/lib/etcd; }
converge var-lib-etcd.mount 60 mounted
# For what a repair finds. etcd would warn of it at each start; a repair makes it again.
[[ ! -d /var/lib/etcd/lost+found ]] || rmdir /var/lib/etcd/lost+found
# On a machine made anew the user may have another number.
systemctl --quiet is-active etcd.service || chown --recursive etcd:etcd /var/lib/etcd
install --directory --mode 700 --owner etcd --group etcd /var/lib/etcd
put_secrets

provide etcd v3.6.14 6574636400000000000000000000000000000000000000000000000000000000 etcd-v3.6.14-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/6574636400000000000000000000000000000000000000000000000000000000/etcd-v3.6.14-linux-amd64.tar.gz \
  https://github.com/etcd-io/etcd/releases/download/v3.6.14/etcd-v3.6.14-linux-amd64.tar.gz
link "$home/etcd-v3.6.14-linux-amd64/etcd" /usr/local/bin/etcd
link "$home/etcd-v3.6.14-linux-amd64/etcdctl" /usr/local/bin/etcdctl
prune etcd

state=new cluster=control-1=https://10.17.0.11:2380
# A member that has data knows its cluster from there.
if [[ ! -d /var/lib/etcd/member/wal ]]; then
  put 644 root:root /etc/etcd/bootstrap.env <<END
ETCD_INITIAL_CLUSTER=$cluster
ETCD_INITIAL_CLUSTER_STATE=$state
END
fi

put 600 root:root /etc/systemd/system/etcd.service <<'END'
[Unit]
Description=etcd
Documentation=https://etcd.io/docs/v3.6/
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
RequiresMountsFor=/var/lib/etcd

[Service]
Type=notify
TimeoutStartSec=600
User=etcd
Group=etcd
EnvironmentFile=-/etc/etcd/bootstrap.env
ExecStart=/usr/local/bin/etcd \
  --advertise-client-urls=https://10.17.0.11:2379 \
  --auto-compaction-mode=periodic \
  --auto-compaction-retention=1h \
  --cert-file=/etc/etcd/etcd.crt \
  --client-cert-auth=true \
  --data-dir=/var/lib/etcd \
  --election-timeout=10000 \
  --heartbeat-interval=500 \
  --initial-advertise-peer-urls=https://10.17.0.11:2380 \
  --initial-cluster-token=hardway-dev \
  --key-file=/etc/etcd/etcd.key \
  --listen-client-urls=https://10.17.0.11:2379,https://127.0.0.1:2379 \
  --listen-metrics-urls=http://127.0.0.1:2381 \
  --listen-peer-urls=https://10.17.0.11:2380 \
  --log-level=warn \
  --name=control-1 \
  --peer-cert-file=/etc/etcd/etcd.crt \
  --peer-client-cert-auth=true \
  --peer-key-file=/etc/etcd/etcd.key \
  --peer-trusted-ca-file=/etc/etcd/ca.crt \
  --tls-min-version=TLS1.2 \
  --trusted-ca-file=/etc/etcd/ca.crt \
  --warning-apply-duration=10000ms \
  --warning-unary-request-duration=10000ms
Restart=always
RestartSec=2
LimitNOFILE=65536
OOMScoreAdjust=-999
CapabilityBoundingSet=
LockPersonality=true
MemoryDenyWriteExecute=true
NoNewPrivileges=true
PrivateDevices=true
PrivateTmp=true
ProtectClock=true
ProtectControlGroups=true
ProtectHome=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
UMask=0077
ReadWritePaths=/var/lib/etcd

[Install]
WantedBy=multi-user.target
END
serves() { curl --silent --fail --max-time 5 http://127.0.0.1:2381/readyz; }
healthy() { serves; }
converge etcd.service 300 healthy /usr/local/bin/etcd /etc/etcd/ca.crt /etc/etcd/etcd.crt /etc/etcd/etcd.key

# --- delete ---
remove_unit etcd.service
remove_data /var/lib/etcd
remove_unit var-lib-etcd.mount
remove_data /var/lib/etcd
rm -rf /usr/local/bin/etcd \
  /usr/local/bin/etcdctl \
  /opt/hardway/bin/etcd \
  /etc/etcd
