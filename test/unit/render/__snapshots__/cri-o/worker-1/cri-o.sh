# CRI-O runs containers, conmon watches over each one, runc starts it, and the CNI plugins give each pod its network.

provide cni-plugins v1.9.1 636e692d706c7567696e73000000000000000000000000000000000000000000 cni-plugins-linux-amd64-v1.9.1.tgz \
  http://10.17.0.1:8473/artifacts/636e692d706c7567696e73000000000000000000000000000000000000000000/cni-plugins-linux-amd64-v1.9.1.tgz \
  https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz
link "$home/bridge" /opt/cni/bin/bridge
link "$home/host-local" /opt/cni/bin/host-local
link "$home/loopback" /opt/cni/bin/loopback
link "$home/portmap" /opt/cni/bin/portmap
prune cni-plugins
provide runc v1.5.1 72756e6300000000000000000000000000000000000000000000000000000000 runc.amd64 \
  http://10.17.0.1:8473/artifacts/72756e6300000000000000000000000000000000000000000000000000000000/runc.amd64 \
  https://github.com/opencontainers/runc/releases/download/v1.5.1/runc.amd64
link "$home/runc" /usr/local/bin/runc
prune runc
provide crictl v1.36.0 63726963746c0000000000000000000000000000000000000000000000000000 crictl-v1.36.0-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/63726963746c0000000000000000000000000000000000000000000000000000/crictl-v1.36.0-linux-amd64.tar.gz \
  https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz
link "$home/crictl" /usr/local/bin/crictl
prune crictl
provide cri-o v1.36.3 6372692d6f000000000000000000000000000000000000000000000000000000 cri-o.amd64.v1.36.3.tar.gz \
  http://10.17.0.1:8473/artifacts/6372692d6f000000000000000000000000000000000000000000000000000000/cri-o.amd64.v1.36.3.tar.gz \
  https://storage.googleapis.com/cri-o/artifacts/cri-o.amd64.v1.36.3.tar.gz
link "$home/cri-o/bin/crio" /usr/local/bin/crio
link "$home/cri-o/bin/conmon" /usr/local/bin/conmon
link "$home/cri-o/bin/pinns" /usr/local/bin/pinns
prune cri-o

# CRI-O watches this file's directory, and reads the file again when it is moved there.
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
runtime-endpoint: unix:///run/crio/crio.sock
image-endpoint: unix:///run/crio/crio.sock
# seconds
timeout: 60
END
put 644 root:root /etc/crio/crio.conf <<'END'
# What is not said here is as CRI-O has it; files in /etc/crio/crio.conf.d add to it. 'crio config' shows the whole.
[crio]
# A place of its own: in /var/lib/containers is what podman may have on this machine.
root = '/var/lib/crio/storage'
runroot = '/run/crio/storage'
storage_driver = 'overlay'

[crio.api]
# Where the kubelet and crictl ask.
listen = '/run/crio/crio.sock'

[crio.runtime]
# One manager of cgroups, which is systemd; the kubelet's cgroupDriver says the same.
cgroup_manager = 'systemd'
default_runtime = 'runc'
# In a pod everybody may listen below port 1024 and ping, as with containerd; CoreDNS is no root, and has port 53.
default_sysctls = ['net.ipv4.ip_unprivileged_port_start=0', 'net.ipv4.ping_group_range=0 2147483647']
# Processes get no SELinux label of their own, as with containerd: that needs a policy which not every image has.
selinux = false
# Holds a pod's namespaces by files, so that most pods need no pause container.
pinns_path = '/usr/local/bin/pinns'

# runc itself is found on PATH.
[crio.runtime.runtimes.runc]
runtime_type = 'oci'
# One conmon watches over each container, and CRI-O may be restarted meanwhile.
monitor_path = '/usr/local/bin/conmon'
monitor_env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']

[crio.image]
# For the pods that need one: those whose containers share their processes. Never cleaned up with unused images.
pause_image = 'registry.k8s.io/pause:3.10.2'
pinned_images = ['registry.k8s.io/pause:3.10.2']
# Which images may be run, as far as they are signed.
signature_policy = '/etc/crio/policy.json'

[crio.network]
network_dir = '/etc/cni/net.d'
plugin_dirs = ['/opt/cni/bin']
END
put 644 root:root /etc/crio/policy.json <<'END'
{
  "default": [
    {
      "type": "insecureAcceptAnything"
    }
  ]
}
END
put 644 root:root /etc/containers/registries.conf.d/10-hardway.conf <<'END'
# A name without a registry is Docker Hub's, as it is with containerd.
unqualified-search-registries = ['docker.io']

[[registry]]
prefix = 'docker.io'
location = 'docker.io'

[[registry.mirror]]
location = '10.17.0.1:8473/docker.io'
insecure = true

[[registry]]
prefix = 'registry.k8s.io'
location = 'registry.k8s.io'

[[registry.mirror]]
location = '10.17.0.1:8473/registry.k8s.io'
insecure = true
END

put 644 root:root /etc/systemd/system/crio.service <<'END'
[Unit]
Description=CRI-O
Documentation=https://cri-o.io
After=network.target
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=300
ExecStart=/usr/local/bin/crio
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
healthy() { [[ -S /run/crio/crio.sock ]] && systemctl --quiet is-active crio.service; }
converge crio.service 120 healthy /usr/local/bin/crio /usr/local/bin/conmon /usr/local/bin/pinns /etc/crio/crio.conf /etc/crio/policy.json /etc/containers/registries.conf.d/10-hardway.conf

# --- delete ---
remove_unit crio.service
# Each container's conmon was in a scope of its own, which systemd may keep for a while after it has ended.
systemctl --quiet stop 'crio-*.scope' 2>/dev/null || true
ip link delete cni0 2>/dev/null || true
# Its mounts outlive it.
awk '$2 ~ "^(/var/lib/crio|/run/crio)/" { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount
remove_data /var/lib/crio
rm -rf /opt/hardway/bin/cni-plugins \
  /usr/local/bin/runc \
  /opt/hardway/bin/runc \
  /usr/local/bin/crictl \
  /opt/hardway/bin/crictl \
  /usr/local/bin/crio \
  /usr/local/bin/conmon \
  /usr/local/bin/pinns \
  /opt/hardway/bin/cri-o \
  /etc/cni/net.d/10-hardway.conflist \
  /etc/crictl.yaml \
  /etc/containers/registries.conf.d/10-hardway.conf \
  /opt/cni/bin \
  /var/lib/cni \
  /etc/crio \
  /run/crio \
  /var/log/crio
