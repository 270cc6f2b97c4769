# By hand: one worker, from a bare machine to a node whose services run. A person's straight line: fetch, check, unpack, start.
# Before this, bench has written: the files of the node as here-documents; $urls and $sums of what it fetches; $api.

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
# Started before there is an API server, both would ask it ever more seldom.
until curl --silent --insecure --output /dev/null "$api/livez"; do sleep 0.2; done
systemctl --quiet enable --now kubelet kube-proxy
until curl --silent --fail --output /dev/null http://127.0.0.1:10248/healthz; do sleep 0.2; done
until curl --silent --fail --output /dev/null http://127.0.0.1:10256/healthz; do sleep 0.2; done
