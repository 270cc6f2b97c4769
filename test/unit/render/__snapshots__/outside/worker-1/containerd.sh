# containerd runs containers, runc starts each one, and the CNI plugins give each pod its network.
# Docker's, for one, has the same unit and directories: it would be taken over, and its data removed when this node leaves.
unit=$(systemctl show --property FragmentPath --value containerd.service)
[[ $unit == '' || $unit == /etc/systemd/system/containerd.service ]] || fail "this machine has a containerd of its own ($unit), which this one would replace; uninstall it, write runtime: cri-o for this node, or use another machine"

http_proxy=http://proxy.example.org:3128 \
https_proxy=http://proxy.example.org:3128 \
no_proxy=127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org \
provide cni-plugins v1.9.1 636e692d706c7567696e73000000000000000000000000000000000000000000 cni-plugins-linux-amd64-v1.9.1.tgz \
  http://10.17.0.1:8473/artifacts/636e692d706c7567696e73000000000000000000000000000000000000000000/cni-plugins-linux-amd64-v1.9.1.tgz \
  https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz
link "$home/bridge" /opt/cni/bin/bridge
link "$home/host-local" /opt/cni/bin/host-local
link "$home/loopback" /opt/cni/bin/loopback
link "$home/portmap" /opt/cni/bin/portmap
prune cni-plugins
http_proxy=http://proxy.example.org:3128 \
https_proxy=http://proxy.example.org:3128 \
no_proxy=127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org \
provide runc v1.5.1 72756e6300000000000000000000000000000000000000000000000000000000 runc.amd64 \
  http://10.17.0.1:8473/artifacts/72756e6300000000000000000000000000000000000000000000000000000000/runc.amd64 \
  https://github.com/opencontainers/runc/releases/download/v1.5.1/runc.amd64
link "$home/runc" /usr/local/bin/runc
prune runc
http_proxy=http://proxy.example.org:3128 \
https_proxy=http://proxy.example.org:3128 \
no_proxy=127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org \
provide crictl v1.36.0 63726963746c0000000000000000000000000000000000000000000000000000 crictl-v1.36.0-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/63726963746c0000000000000000000000000000000000000000000000000000/crictl-v1.36.0-linux-amd64.tar.gz \
  https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz
link "$home/crictl" /usr/local/bin/crictl
prune crictl
http_proxy=http://proxy.example.org:3128 \
https_proxy=http://proxy.example.org:3128 \
no_proxy=127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org \
provide containerd v2.3.4 636f6e7461696e65726400000000000000000000000000000000000000000000 containerd-2.3.4-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/636f6e7461696e65726400000000000000000000000000000000000000000000/containerd-2.3.4-linux-amd64.tar.gz \
  https://github.com/containerd/containerd/releases/download/v2.3.4/containerd-2.3.4-linux-amd64.tar.gz
link "$home/bin/containerd" /usr/local/bin/containerd
link "$home/bin/containerd-shim-runc-v2" /usr/local/bin/containerd-shim-runc-v2
link "$home/bin/ctr" /usr/local/bin/ctr
prune containerd

# containerd watches this file's directory, and reads the file again when it is moved there.
put 600 root:root /etc/cni/net.d/10-hardway.conflist <<'END'
{
  "cniVersion": "1.0.0",
  "name": "hardway",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "ipMasq": false,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "ranges": [
          [
            {
              "subnet": "10.200.21.0/24"
            }
          ]
        ],
        "routes": [
          {
            "dst": "0.0.0.0/0"
          }
        ]
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
END
put 644 root:root /etc/crictl.yaml <<'END'
runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
# seconds
timeout: 60
END
put 644 root:root /etc/containerd/config.toml <<'END'
version = 4
imports = ["/etc/containerd/conf.d/*.toml"]

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'registry.k8s.io/pause:3.10.2'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/registries.d'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/opt/cni/bin']
  conf_dir = '/etc/cni/net.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
END
put 644 root:root /etc/containerd/certs.d/registry.k8s.io/hosts.toml <<'END'
[host."http://10.17.0.1:8473"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"
END
put 644 root:root /etc/containerd/certs.d/docker.io/hosts.toml <<'END'
[host."http://10.17.0.1:8473"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"
END
put 644 root:root /etc/containerd/registries.d/_default/hosts.toml <<'END'
[host."https://registry.example.org"]
  capabilities = ["pull", "resolve"]
END
put 644 root:root /etc/containerd/registries.d/docker.io/hosts.toml <<'END'
[host."http://10.17.0.1:8473"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"

[host."https://registry.example.org/v2/docker-hub"]
  capabilities = ["pull", "resolve"]
  override_path = true

[host."http://10.0.0.7:5000"]
  capabilities = ["pull", "resolve"]
END
put 644 root:root /etc/containerd/registries.d/registry.k8s.io/hosts.toml <<'END'
[host."http://10.17.0.1:8473"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"

[host."https://registry.example.org"]
  capabilities = ["pull", "resolve"]
END
for registry in /etc/containerd/registries.d/*; do
  [[ " _default docker.io registry.k8s.io " == *" ${registry##*/} "* ]] || { rm -rf "$registry"; say "removed $registry"; }
done

put 644 root:root /etc/systemd/system/containerd.service <<'END'
[Unit]
Description=containerd
Documentation=https://containerd.io
After=network.target
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=300
Environment=HTTP_PROXY=http://proxy.example.org:3128
Environment=HTTPS_PROXY=http://proxy.example.org:3128
Environment=NO_PROXY=127.0.0.1,localhost,10.17.0.1,10.17.0.0/24,10.200.0.0/16,10.32.0.0/16,.svc,.cluster.local,.example.org
ExecStart=/usr/local/bin/containerd
Delegate=yes
KillMode=process
Restart=always
RestartSec=2
LimitNOFILE=1048576
LimitNPROC=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
END
healthy() { [[ -S /run/containerd/containerd.sock ]] && systemctl --quiet is-active containerd.service; }
converge containerd.service 120 healthy /usr/local/bin/containerd /etc/containerd/config.toml
