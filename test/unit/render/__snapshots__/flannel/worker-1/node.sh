# worker-1 as the cluster sees it. Whether its kubelet comes before or after this makes no difference.
before=$(kubectl --kubeconfig /etc/kubernetes/admin.conf get node worker-1 --ignore-not-found --output 'jsonpath={.metadata.annotations.hardway\.io/taints}')
kubectl --kubeconfig /etc/kubernetes/admin.conf apply --server-side --force-conflicts --field-manager hardway --filename - <<'END'
apiVersion: v1
kind: Node
metadata:
  name: worker-1
  labels:
    hardway.io/lab: dev
    node-role.kubernetes.io/worker: ""
  annotations:
    hardway.io/taints: ""
spec:
  podCIDR: 10.200.21.0/24
  podCIDRs:
    - 10.200.21.0/24
END
for taint in $before; do
  [[ "  " == *" $taint "* ]] || kubectl --kubeconfig /etc/kubernetes/admin.conf taint node worker-1 "${taint%%[=:]*}:${taint##*:}-" || true
done
# No pod is sent here before flanneld has made its way to the others.
if [[ -z $(kubectl --kubeconfig /etc/kubernetes/admin.conf get node worker-1 --output 'jsonpath={.status.conditions[?(@.type=="NetworkUnavailable")].status}') ]]; then
  kubectl --kubeconfig /etc/kubernetes/admin.conf patch node worker-1 --subresource status --patch '{"status":{"conditions":[{"type":"NetworkUnavailable","status":"True","reason":"FlannelIsAwaited","message":"flanneld has not started on this node yet"}]}}'
fi
if ! kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for condition=Ready node/worker-1 --timeout 600s; then
  kubectl --kubeconfig /etc/kubernetes/admin.conf describe node worker-1 >&2
  fail "worker-1 (10.17.0.21) is not Ready after 600 s; its kubelet says why: ./lab ssh worker-1 -- journalctl --unit kubelet"
fi

# --- delete ---
# Pods are moved to other nodes first, as their budgets allow. Those of a node that is not there any more can't be
# asked to go; they are made anew elsewhere once the Node is deleted.
ready=$(kubectl --kubeconfig /etc/kubernetes/admin.conf get node worker-1 --ignore-not-found --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
if [[ $ready == True ]]; then
  kubectl --kubeconfig /etc/kubernetes/admin.conf drain worker-1 --ignore-daemonsets --delete-emptydir-data --force --timeout 300s ||
    say "worker-1 could not be drained within 300 s; it is removed all the same"
fi
kubectl --kubeconfig /etc/kubernetes/admin.conf delete node worker-1 --ignore-not-found
