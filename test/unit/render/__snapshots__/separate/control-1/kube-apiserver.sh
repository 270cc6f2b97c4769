# The API server: the only component that talks to etcd, and the one that all others talk to.
install --directory --mode 700 --owner root --group root /var/log/kubernetes
put_secrets

provide kube-apiserver v1.36.4 6b7562652d617069736572766572000000000000000000000000000000000000 kube-apiserver \
  http://10.17.0.1:8473/artifacts/6b7562652d617069736572766572000000000000000000000000000000000000/kube-apiserver \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kube-apiserver
link "$home/kube-apiserver" /usr/local/bin/kube-apiserver
prune kube-apiserver
provide kubectl v1.36.4 6b75626563746c00000000000000000000000000000000000000000000000000 kubectl \
  http://10.17.0.1:8473/artifacts/6b75626563746c00000000000000000000000000000000000000000000000000/kubectl \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubectl
link "$home/kubectl" /usr/local/bin/kubectl
prune kubectl
provide etcd v3.6.14 6574636400000000000000000000000000000000000000000000000000000000 etcd-v3.6.14-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/6574636400000000000000000000000000000000000000000000000000000000/etcd-v3.6.14-linux-amd64.tar.gz \
  https://github.com/etcd-io/etcd/releases/download/v3.6.14/etcd-v3.6.14-linux-amd64.tar.gz
link "$home/etcd-v3.6.14-linux-amd64/etcdctl" /usr/local/bin/etcdctl
prune etcd

put 600 root:root /etc/kubernetes/audit-policy.yaml <<'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
  - RequestReceived
rules:
  - level: Metadata
    resources:
      - group: ""
        resources:
          - secrets
  - level: None
    nonResourceURLs:
      - /healthz*
      - /livez*
      - /readyz*
      - /version
      - /openapi*
  - level: None
    verbs:
      - get
      - list
      - watch
    users:
      - system:apiserver
      - system:kube-scheduler
      - system:kube-controller-manager
  - level: None
    verbs:
      - get
      - list
      - watch
    userGroups:
      - system:nodes
      - system:serviceaccounts:kube-system
  - level: None
    resources:
      - group: coordination.k8s.io
        resources:
          - leases
      - group: ""
        resources:
          - events
  - level: Metadata
    resources:
      - group: ""
        resources:
          - configmaps
          - serviceaccounts/token
      - group: authentication.k8s.io
        resources:
          - tokenreviews
  - level: Metadata
    verbs:
      - get
      - list
      - watch
  - level: Request
END
put 600 root:root /etc/kubernetes/admission.yaml <<'END'
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults:
        enforce: privileged
        enforce-version: latest
        audit: baseline
        audit-version: latest
        warn: baseline
        warn-version: latest
      exemptions:
        namespaces:
          - kube-system
END

put 600 root:root /etc/systemd/system/kube-apiserver.service <<'END'
[Unit]
Description=Kubernetes API server
Documentation=https://kubernetes.io/docs/concepts/architecture/#kube-apiserver
Wants=network-online.target
After=network-online.target
After=etcd.service
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=900
ExecStart=/usr/local/bin/kube-apiserver \
  --admission-control-config-file=/etc/kubernetes/admission.yaml \
  --advertise-address=10.17.0.11 \
  --allow-privileged=true \
  --anonymous-auth=false \
  --audit-log-maxage=30 \
  --audit-log-maxbackup=10 \
  --audit-log-maxsize=100 \
  --audit-log-path=/var/log/kubernetes/audit.log \
  --audit-policy-file=/etc/kubernetes/audit-policy.yaml \
  --authorization-mode=Node,RBAC \
  --bind-address=10.17.0.11 \
  --client-ca-file=/etc/kubernetes/pki/ca.crt \
  --enable-admission-plugins=NodeRestriction \
  --enable-bootstrap-token-auth=false \
  --encryption-provider-config=/etc/kubernetes/encryption.yaml \
  --encryption-provider-config-automatic-reload=true \
  --etcd-cafile=/etc/kubernetes/pki/etcd-ca.crt \
  --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt \
  --etcd-healthcheck-timeout=10s \
  --etcd-keyfile=/etc/kubernetes/pki/apiserver.key \
  --etcd-readycheck-timeout=10s \
  --etcd-servers=https://10.17.0.31:2379,https://10.17.0.32:2379,https://10.17.0.33:2379 \
  --event-ttl=1h \
  --kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt \
  --kubelet-client-certificate=/etc/kubernetes/pki/apiserver.crt \
  --kubelet-client-key=/etc/kubernetes/pki/apiserver.key \
  --kubelet-preferred-address-types=InternalIP \
  --profiling=false \
  --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt \
  --proxy-client-key-file=/etc/kubernetes/pki/apiserver.key \
  --requestheader-allowed-names=kube-apiserver \
  --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt \
  --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --requestheader-group-headers=X-Remote-Group \
  --requestheader-username-headers=X-Remote-User \
  --secure-port=6443 \
  --service-account-extend-token-expiration=false \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file=/etc/kubernetes/pki/sa.pub \
  --service-account-signing-key-file=/etc/kubernetes/pki/sa.key \
  --service-cluster-ip-range=10.32.0.0/16 \
  --service-node-port-range=30000-32767 \
  --shutdown-delay-duration=5s \
  --tls-cert-file=/etc/kubernetes/pki/apiserver.crt \
  --tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 \
  --tls-min-version=VersionTLS12 \
  --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
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
ReadWritePaths=/var/log/kubernetes

[Install]
WantedBy=multi-user.target
END
serves() { curl --silent --fail --max-time 10 --cacert /etc/kubernetes/pki/ca.crt --cert /etc/kubernetes/pki/apiserver.crt --key /etc/kubernetes/pki/apiserver.key "$1/readyz"; }
export ETCDCTL_ENDPOINTS=https://10.17.0.31:2379,https://10.17.0.32:2379,https://10.17.0.33:2379
export ETCDCTL_CACERT=/etc/kubernetes/pki/etcd-ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/apiserver-etcd-client.crt ETCDCTL_KEY=/etc/kubernetes/pki/apiserver.key
healthy() { serves https://10.17.0.11:6443; }
turn=kube-apiserver
others_well() { serves https://10.17.0.12:6443; }
converge kube-apiserver.service 600 healthy /usr/local/bin/kube-apiserver /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key /etc/kubernetes/pki/etcd-ca.crt /etc/kubernetes/pki/apiserver-etcd-client.crt /etc/kubernetes/pki/front-proxy-ca.crt /etc/kubernetes/pki/front-proxy-client.crt /etc/kubernetes/pki/sa.key /etc/kubernetes/pki/sa.pub /etc/kubernetes/encryption.yaml /etc/kubernetes/audit-policy.yaml /etc/kubernetes/admission.yaml

# --- delete ---
remove_unit kube-apiserver.service
rm -rf /usr/local/bin/kube-apiserver \
  /opt/hardway/bin/kube-apiserver \
  /usr/local/bin/kubectl \
  /opt/hardway/bin/kubectl \
  /usr/local/bin/etcdctl \
  /opt/hardway/bin/etcd \
  /etc/kubernetes/pki/apiserver.crt \
  /etc/kubernetes/pki/apiserver.key \
  /etc/kubernetes/pki/etcd-ca.crt \
  /etc/kubernetes/pki/apiserver-etcd-client.crt \
  /etc/kubernetes/pki/front-proxy-ca.crt \
  /etc/kubernetes/pki/front-proxy-client.crt \
  /etc/kubernetes/pki/sa.key \
  /etc/kubernetes/pki/sa.pub \
  /etc/kubernetes/encryption.yaml \
  /etc/kubernetes/admin.conf \
  /etc/kubernetes/audit-policy.yaml \
  /etc/kubernetes/admission.yaml \
  /var/log/kubernetes
