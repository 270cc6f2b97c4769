# The kubelet runs on this node the pods that the API server assigns to it. It retries until there is an API server.
put_secrets

provide kubelet v1.36.4 6b7562656c657400000000000000000000000000000000000000000000000000 kubelet \
  http://10.17.0.1:8473/artifacts/6b7562656c657400000000000000000000000000000000000000000000000000/kubelet \
  https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet
link "$home/kubelet" /usr/local/bin/kubelet
prune kubelet

put 600 root:root /etc/kubernetes/kubelet.conf <<'END'
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://10.17.0.11:6443
      certificate-authority: /etc/kubernetes/pki/ca.crt
users:
  - name: system:node:worker-1
    user:
      client-certificate: /etc/kubernetes/pki/kubelet.crt
      client-key: /etc/kubernetes/pki/kubelet.key
contexts:
  - name: dev
    context:
      cluster: dev
      user: system:node:worker-1
current-context: dev
END
put 600 root:root /var/lib/kubelet/config.yaml <<'END'
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
tlsCertFile: /etc/kubernetes/pki/kubelet.crt
tlsPrivateKeyFile: /etc/kubernetes/pki/kubelet.key
readOnlyPort: 0
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: systemd
clusterDNS:
  - 10.32.0.10
clusterDomain: cluster.local
resolvConf: /etc/kubernetes/resolv.conf
failSwapOn: false
tlsMinVersion: VersionTLS12
tlsCipherSuites:
  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
protectKernelDefaults: false
makeIPTablesUtilChains: true
seccompDefault: true
podPidsLimit: 4096
eventRecordQPS: 50
streamingConnectionIdleTimeout: 4h0m0s
shutdownGracePeriod: 30s
shutdownGracePeriodCriticalPods: 10s
END

put 600 root:root /etc/systemd/system/kubelet.service <<'END'
[Unit]
Description=kubelet
Documentation=https://kubernetes.io/docs/concepts/architecture/#kubelet
Wants=containerd.service
After=containerd.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kubelet \
  --config=/var/lib/kubelet/config.yaml \
  --hostname-override=worker-1 \
  --kubeconfig=/etc/kubernetes/kubelet.conf \
  --node-ip=10.17.0.21
Restart=always
RestartSec=2
KillMode=process
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
END
healthy() { curl --silent --fail --max-time 5 http://127.0.0.1:10248/healthz; }
converge kubelet.service 300 healthy /usr/local/bin/kubelet /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/kubelet.crt /etc/kubernetes/pki/kubelet.key /etc/kubernetes/kubelet.conf /var/lib/kubelet/config.yaml

# --- delete ---
remove_unit kubelet.service
# Its pods outlive it, and so would their mounts.
no_pods() {
  local pods
  pods=$(crictl pods --quiet) || return 1
  [[ -n $pods ]] || return 0
  crictl rmp --all --force
  return 1
}
if systemctl --quiet is-active containerd.service; then
  wait_for 120 "this node's pods to end" no_pods || say "some of this node's pods have not ended: $(no_pods 2>&1)"
fi
awk '$2 ~ "^/var/lib/kubelet/" { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount
remove_data /var/lib/kubelet
rm -rf /usr/local/bin/kubelet \
  /opt/hardway/bin/kubelet \
  /etc/kubernetes/pki/kubelet.crt \
  /etc/kubernetes/pki/kubelet.key \
  /etc/kubernetes/kubelet.conf \
  /var/lib/kubelet/config.yaml \
  /var/log/pods \
  /var/log/containers \
  /etc/systemd/logind.conf.d/99-kubelet.conf
