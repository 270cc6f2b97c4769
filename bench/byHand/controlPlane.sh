# The reference: one control plane, from a bare machine to a complete cluster. Sequential, as a user
# would type it: download, verify, unpack, start, wait.
# The bench writes before this: the node's files as here-documents; $urls and $sums of the
# downloads; $api and $etcd_files; the manifests of all nodes in /root/nodes.yaml and of the add-ons
# in /root/addons.yaml; the function taint.

cd /usr/local/bin || exit
curl --fail --silent --show-error --remote-name-all "${urls[@]}"
sha256sum --check --quiet <<<"$sums"
tar --extract --gzip --strip-components 1 --wildcards --file etcd-*.tar.gz '*/etcd' '*/etcdctl'
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
useradd --system --user-group --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
install --directory --mode 700 --owner etcd --group etcd /var/lib/etcd
# shellcheck disable=SC2086 # A list of paths.
chown etcd:etcd $etcd_files
install --directory --mode 700 /var/log/kubernetes
# systemd starts the units that follow the API server when the API server reports that it is ready.
systemctl daemon-reload
systemctl --quiet enable --now hardway-pod-network containerd etcd kube-apiserver kube-controller-manager kube-scheduler
until curl --silent --fail --output /dev/null --cacert /etc/kubernetes/pki/ca.crt --cert /etc/kubernetes/pki/apiserver.crt \
  --key /etc/kubernetes/pki/apiserver.key "$api/readyz"; do sleep 0.2; done
systemctl --quiet enable --now kubelet kube-proxy

export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl apply --server-side --force-conflicts --filename /root/nodes.yaml
taint
kubectl apply --server-side --filename /root/addons.yaml
kubectl wait --for condition=Ready --timeout 600s --filename /root/nodes.yaml
kubectl rollout status --timeout 600s --namespace kube-system deployment/coredns
kubectl rollout status --timeout 600s --namespace smoke daemonset/smoke
