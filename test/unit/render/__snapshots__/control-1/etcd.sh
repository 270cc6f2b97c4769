# etcd stores the whole state of the cluster. Its own user, its own authority, and data that nobody else can read.
getent passwd etcd >/dev/null || useradd --system --user-group --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
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
rm -rf /usr/local/bin/etcd \
  /usr/local/bin/etcdctl \
  /opt/hardway/bin/etcd \
  /etc/etcd
