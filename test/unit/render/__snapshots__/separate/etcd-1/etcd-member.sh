# etcd-1 votes: it has caught up, and what the others agree on counts with it.
export ETCDCTL_ENDPOINTS=https://10.17.0.32:2379,https://10.17.0.33:2379
export ETCDCTL_CACERT=/etc/etcd/ca.crt ETCDCTL_CERT=/etc/etcd/etcd.crt ETCDCTL_KEY=/etc/etcd/etcd.key
votes() { etcdctl member list | grep --quiet ", started, .*, https://10.17.0.31:2380, .*, false$"; }
wait_for 300 "etcd-1 to vote" votes || fail "etcd-1 is no voting member of etcd after 300 s: $(etcdctl member list 2>&1)"

# --- delete ---
# It leaves before it is stopped. etcd itself refuses where too few of the others would be left to agree.
export ETCDCTL_ENDPOINTS=https://10.17.0.32:2379,https://10.17.0.33:2379
export ETCDCTL_CACERT=/etc/etcd/ca.crt ETCDCTL_CERT=/etc/etcd/etcd.crt ETCDCTL_KEY=/etc/etcd/etcd.key
# A leader that leaves hands over first: what it has not told the others yet would fail.
hand_over() {
  local status heir
  status=$(ETCDCTL_ENDPOINTS=https://10.17.0.31:2379 etcdctl --command-timeout 5s --write-out fields endpoint status) || return 0
  [[ $(sed -n 's/^"MemberID" : //p' <<<"$status") == $(sed -n 's/^"Leader" : //p' <<<"$status") ]] || return 0
  heir=$(sed -n '\|, https://10.17.0.31:2380, |d; s/^\([0-9a-f]*\), started, .*, false$/\1/p' <<<"$1" | head -n 1)
  ETCDCTL_ENDPOINTS=https://10.17.0.31:2379 etcdctl move-leader "$heir"
}
gone() {
  local list id
  list=$(etcdctl member list) || return 1
  id=$(sed -n 's|^\([0-9a-f]*\), .*, https://10.17.0.31:2380, .*|\1|p' <<<"$list")
  [[ -z $id ]] || { hand_over "$list" && etcdctl member remove "$id"; }
}
wait_for 120 "etcd-1 to leave etcd" gone || fail "etcd-1 could not leave etcd: $(gone 2>&1)"
