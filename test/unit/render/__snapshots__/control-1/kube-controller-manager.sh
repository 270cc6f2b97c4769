# The controllers: each watches one kind of object and brings the actual state closer to the desired one.
put_secrets

provide kube-controller-manager v1.36.4 6b7562652d636f6e74726f6c6c65722d6d616e61676572000000000000000000 kube-controller-manager \
  http://10.17.0.1:8473/artifacts/6b7562652d636f6e74726f6c6c65722d6d616e61676572000000000000000000/kube-controller-manager \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kube-controller-manager
link "$home/kube-controller-manager" /usr/local/bin/kube-controller-manager
prune kube-controller-manager

put 600 root:root /etc/kubernetes/controller-manager.conf <<'END'
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://10.17.0.11:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: system:kube-controller-manager
    user:
      client-certificate: /etc/kubernetes/pki/controller-manager.crt
      client-key: /etc/kubernetes/pki/controller-manager.key
contexts:
  - name: dev
    context:
      cluster: dev
      user: system:kube-controller-manager
current-context: dev
END

put 600 root:root /etc/systemd/system/kube-controller-manager.service <<'END'
[Unit]
Description=Kubernetes controller manager
Documentation=https://kubernetes.io/docs/concepts/architecture/#kube-controller-manager
After=kube-apiserver.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kube-controller-manager \
  --allocate-node-cidrs=false \
  --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf \
  --authorization-kubeconfig=/etc/kubernetes/controller-manager.conf \
  --bind-address=127.0.0.1 \
  --client-ca-file=/etc/kubernetes/pki/ca.crt \
  --cluster-cidr=10.200.0.0/16 \
  --cluster-name=dev \
  --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt \
  --cluster-signing-key-file=/etc/kubernetes/pki/ca.key \
  --kubeconfig=/etc/kubernetes/controller-manager.conf \
  --leader-elect=true \
  --leader-elect-lease-duration=60s \
  --leader-elect-renew-deadline=40s \
  --leader-elect-retry-period=5s \
  --profiling=false \
  --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt \
  --root-ca-file=/etc/kubernetes/pki/ca.crt \
  --service-account-private-key-file=/etc/kubernetes/pki/sa.key \
  --service-cluster-ip-range=10.32.0.0/16 \
  --terminated-pod-gc-threshold=1000 \
  --use-service-account-credentials=true
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
healthy() { curl --silent --fail --insecure --max-time 5 https://127.0.0.1:10257/healthz; }
converge kube-controller-manager.service 300 healthy /usr/local/bin/kube-controller-manager /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/front-proxy-ca.crt /etc/kubernetes/pki/controller-manager.crt /etc/kubernetes/pki/controller-manager.key /etc/kubernetes/controller-manager.conf /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/sa.key

# --- delete ---
remove_unit kube-controller-manager.service
rm -rf /usr/local/bin/kube-controller-manager \
  /opt/hardway/bin/kube-controller-manager \
  /etc/kubernetes/pki/controller-manager.crt \
  /etc/kubernetes/pki/controller-manager.key \
  /etc/kubernetes/controller-manager.conf \
  /etc/kubernetes/pki/ca.key
