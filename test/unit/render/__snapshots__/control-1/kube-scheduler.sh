# The scheduler finds a node for every pod that has none.
put_secrets

provide kube-scheduler v1.36.4 6b7562652d7363686564756c6572000000000000000000000000000000000000 kube-scheduler \
  http://10.17.0.1:8473/artifacts/6b7562652d7363686564756c6572000000000000000000000000000000000000/kube-scheduler \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kube-scheduler
link "$home/kube-scheduler" /usr/local/bin/kube-scheduler
prune kube-scheduler

put 600 root:root /etc/kubernetes/scheduler.conf <<'END'
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://10.17.0.11:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: system:kube-scheduler
    user:
      client-certificate: /etc/kubernetes/pki/scheduler.crt
      client-key: /etc/kubernetes/pki/scheduler.key
contexts:
  - name: dev
    context:
      cluster: dev
      user: system:kube-scheduler
current-context: dev
END
put 600 root:root /etc/kubernetes/scheduler.yaml <<'END'
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: /etc/kubernetes/scheduler.conf
enableProfiling: false
leaderElection:
  leaderElect: true
  leaseDuration: 60s
  renewDeadline: 40s
  retryPeriod: 5s
END

put 600 root:root /etc/systemd/system/kube-scheduler.service <<'END'
[Unit]
Description=Kubernetes scheduler
Documentation=https://kubernetes.io/docs/concepts/architecture/#kube-scheduler
After=kube-apiserver.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kube-scheduler \
  --authentication-kubeconfig=/etc/kubernetes/scheduler.conf \
  --authorization-kubeconfig=/etc/kubernetes/scheduler.conf \
  --bind-address=127.0.0.1 \
  --client-ca-file=/etc/kubernetes/pki/ca.crt \
  --config=/etc/kubernetes/scheduler.yaml \
  --profiling=false \
  --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
Restart=always
RestartSec=2
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

[Install]
WantedBy=multi-user.target
END
healthy() { curl --silent --fail --insecure --max-time 5 https://127.0.0.1:10259/healthz; }
converge kube-scheduler.service 300 healthy /usr/local/bin/kube-scheduler /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/front-proxy-ca.crt /etc/kubernetes/pki/scheduler.crt /etc/kubernetes/pki/scheduler.key /etc/kubernetes/scheduler.conf /etc/kubernetes/scheduler.yaml

# --- delete ---
remove_unit kube-scheduler.service
rm -rf /usr/local/bin/kube-scheduler \
  /opt/hardway/bin/kube-scheduler \
  /etc/kubernetes/pki/scheduler.crt \
  /etc/kubernetes/pki/scheduler.key \
  /etc/kubernetes/scheduler.conf \
  /etc/kubernetes/scheduler.yaml
