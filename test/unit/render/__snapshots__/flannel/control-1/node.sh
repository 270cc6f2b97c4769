# control-1 as the cluster sees it. Whether its kubelet comes before or after this makes no difference.
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf get node control-1 --ignore-not-found --output 'jsonpath={.metadata.annotations.hardway\.io/taints}'
before=$answer
# What a Node may say is the server's to check: kubectl would fetch its whole schema first.
place_node() { kubectl --kubeconfig /etc/kubernetes/admin.conf apply --server-side --validate=false --force-conflicts --field-manager hardway --filename - <<'END'
apiVersion: v1
kind: Node
metadata:
  name: control-1
  labels:
    hardway.io/lab: dev
    node-role.kubernetes.io/control-plane: ""
  annotations:
    hardway.io/taints: node-role.kubernetes.io/control-plane:NoSchedule
spec:
  podCIDR: 10.200.11.0/24
  podCIDRs:
    - 10.200.11.0/24
END
}
ask 300 "the API server" place_node
say "$answer"
for taint in $before; do
  [[ " node-role.kubernetes.io/control-plane:NoSchedule " == *" $taint "* ]] || kubectl --kubeconfig /etc/kubernetes/admin.conf taint node control-1 "${taint%%[=:]*}:${taint##*:}-" || true
done
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf taint node control-1 --overwrite node-role.kubernetes.io/control-plane:NoSchedule
# No pod is scheduled here before flanneld has made its routes.
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf get node control-1 --output 'jsonpath={.status.conditions[?(@.type=="NetworkUnavailable")].status}'
if [[ -z $answer ]]; then
  ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf patch node control-1 --subresource status --patch '{"status":{"conditions":[{"type":"NetworkUnavailable","status":"True","reason":"FlannelIsAwaited","message":"flanneld has not started on this node yet"}]}}'
fi
# Each look is a watch, which ends at once where the API server does.
if ! wait_for 600 "control-1 to be Ready" kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for condition=Ready node/control-1 --timeout 60s; then
  kubectl --kubeconfig /etc/kubernetes/admin.conf describe node control-1 >&2 || true
  fail "control-1 (10.17.0.11) is not Ready after 600 s; its kubelet says why: ./lab ssh control-1 -- journalctl --unit kubelet"
fi

# --- delete ---
# Pods are moved to other nodes first, as their budgets allow. Those of a node that is not there any more can't be
# asked to go; they are made anew elsewhere once the Node is deleted.
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf get node control-1 --ignore-not-found --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
if [[ $answer == True ]]; then
  kubectl --kubeconfig /etc/kubernetes/admin.conf drain control-1 --ignore-daemonsets --delete-emptydir-data --force --timeout 300s ||
    say "control-1 could not be drained within 300 s; it is removed all the same"
fi
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf delete node control-1 --ignore-not-found
