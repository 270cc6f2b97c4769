# The reference: one worker, from a bare machine to a node with running services. Sequential, as a
# user would type it: download, verify, unpack, start.
# The bench writes before this: the node's files as here-documents; $urls and $sums of the
# downloads; $api.

cd /usr/local/bin || exit
curl --fail --silent --show-error --remote-name-all "${urls[@]}"
sha256sum --check --quiet <<<"$sums"
tar --extract --gzip --strip-components 1 --file containerd-*.tar.gz
tar --extract --gzip --file crictl-*.tar.gz
mkdir --parents /opt/cni/bin
tar --extract --gzip --directory /opt/cni/bin --file cni-plugins-*.tgz
rm ./*.tar.gz ./*.tgz
mv runc.amd64 runc
chmod +x kube* runc

modprobe --all br_netfilter nf_conntrack overlay
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf
resolver=/run/systemd/resolve/resolv.conf
[ -e $resolver ] || resolver=/etc/resolv.conf
ln --symbolic $resolver /etc/kubernetes/resolv.conf
systemctl daemon-reload
systemctl --quiet enable --now hardway-pod-network containerd
# If they started before the API server, both would retry it at ever longer intervals.
until curl --silent --insecure --output /dev/null "$api/livez"; do sleep 0.2; done
systemctl --quiet enable --now kubelet kube-proxy
until curl --silent --fail --output /dev/null http://127.0.0.1:10248/healthz; do sleep 0.2; done
until curl --silent --fail --output /dev/null http://127.0.0.1:10256/healthz; do sleep 0.2; done
