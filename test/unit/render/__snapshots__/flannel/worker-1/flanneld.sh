# flanneld: an interface, flannel.1, that leads to the pods of all other nodes, whatever network connects the nodes.
put_secrets

provide flannel v0.28.9 666c616e6e656c00000000000000000000000000000000000000000000000000 flanneld-amd64 \
  http://10.17.0.1:8473/artifacts/666c616e6e656c00000000000000000000000000000000000000000000000000/flanneld-amd64 \
  https://github.com/flannel-io/flannel/releases/download/v0.28.9/flanneld-amd64
link "$home/flannel" /usr/local/bin/flanneld
prune flannel

put 600 root:root /etc/kubernetes/flannel.conf <<'END'
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://10.17.0.11:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: system:flannel:worker-1
    user:
      client-certificate: /etc/kubernetes/pki/flannel.crt
      client-key: /etc/kubernetes/pki/flannel.key
contexts:
  - name: dev
    context:
      cluster: dev
      user: system:flannel:worker-1
current-context: dev
END
put 644 root:root /etc/kube-flannel/net-conf.json <<'END'
{
  "Network": "10.200.0.0/16",
  "Backend": {
    "Type": "vxlan",
    "VNI": 1,
    "Port": 8472
  }
}
END

put 600 root:root /etc/systemd/system/flanneld.service <<'END'
[Unit]
Description=flanneld
Documentation=https://github.com/flannel-io/flannel/tree/v0.28.9/Documentation
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=60
Environment=NODE_NAME=worker-1
ExecStart=/usr/local/bin/flanneld \
  --iface=10.17.0.21 \
  --ip-masq=false \
  --iptables-forward-rules=false \
  --kube-subnet-mgr=true \
  --kubeconfig-file=/etc/kubernetes/flannel.conf \
  --net-config-path=/etc/kube-flannel/net-conf.json
Restart=always
RestartSec=2
CapabilityBoundingSet=CAP_NET_ADMIN
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
ProtectKernelTunables=false
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
UMask=0077
RuntimeDirectory=flannel

[Install]
WantedBy=multi-user.target
END
healthy() { systemctl --quiet is-active flanneld.service; }
converge flanneld.service 300 healthy /usr/local/bin/flanneld /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/flannel.crt /etc/kubernetes/pki/flannel.key /etc/kubernetes/flannel.conf /etc/kube-flannel/net-conf.json

# --- delete ---
remove_unit flanneld.service
rm -rf /usr/local/bin/flanneld \
  /opt/hardway/bin/flannel \
  /etc/kubernetes/pki/flannel.crt \
  /etc/kubernetes/pki/flannel.key \
  /etc/kubernetes/flannel.conf \
  /etc/kube-flannel
