# kube-proxy leads the addresses of Services to pods, with rules in this node's kernel.
put_secrets

provide kube-proxy v1.36.4 6b7562652d70726f787900000000000000000000000000000000000000000000 kube-proxy \
  http://10.17.0.1:8473/artifacts/6b7562652d70726f787900000000000000000000000000000000000000000000/kube-proxy \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kube-proxy
link "$home/kube-proxy" /usr/local/bin/kube-proxy
prune kube-proxy

put 600 root:root /etc/kubernetes/kube-proxy.conf <<'END'
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://10.17.0.11:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: system:kube-proxy
    user:
      client-certificate: /etc/kubernetes/pki/kube-proxy.crt
      client-key: /etc/kubernetes/pki/kube-proxy.key
contexts:
  - name: dev
    context:
      cluster: dev
      user: system:kube-proxy
current-context: dev
END
put 600 root:root /var/lib/kube-proxy/config.yaml <<'END'
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection:
  kubeconfig: /etc/kubernetes/kube-proxy.conf
mode: nftables
clusterCIDR: 10.200.0.0/16
hostnameOverride: worker-1
bindAddress: 10.17.0.21
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
nodePortAddresses:
  - primary
conntrack:
  maxPerCore: 0
END

put 600 root:root /etc/systemd/system/kube-proxy.service <<'END'
[Unit]
Description=kube-proxy
Documentation=https://kubernetes.io/docs/concepts/architecture/#kube-proxy
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kube-proxy \
  --config=/var/lib/kube-proxy/config.yaml
Restart=always
RestartSec=2
OOMScoreAdjust=-999
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
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
ReadWritePaths=/run

[Install]
WantedBy=multi-user.target
END
healthy() { curl --silent --fail --max-time 5 http://127.0.0.1:10256/healthz; }
converge kube-proxy.service 300 healthy /usr/local/bin/kube-proxy /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/kube-proxy.crt /etc/kubernetes/pki/kube-proxy.key /etc/kubernetes/kube-proxy.conf /var/lib/kube-proxy/config.yaml

# --- delete ---
remove_unit kube-proxy.service
/usr/local/bin/kube-proxy --cleanup || true
rm -rf /usr/local/bin/kube-proxy \
  /opt/hardway/bin/kube-proxy \
  /etc/kubernetes/pki/kube-proxy.crt \
  /etc/kubernetes/pki/kube-proxy.key \
  /etc/kubernetes/kube-proxy.conf \
  /var/lib/kube-proxy
