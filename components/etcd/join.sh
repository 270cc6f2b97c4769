# How a member without data comes to its cluster. Reads $name, $url (its own peer URL) and the array others (NAME=PEER-URL);
# etcdctl has endpoints and keys from its environment. Sets $state and $cluster, etcd's initial-cluster-state and -cluster.

# living: some other member has been in a cluster that worked. A member tells so without a quorum, at its peer port and in
# HTTP/1.1 alone.
living() {
  local other
  for other in "${others[@]}"; do
    [[ $(curl --silent --http1.1 --max-time 5 --cacert "$ETCDCTL_CACERT" --cert "$ETCDCTL_CERT" --key "$ETCDCTL_KEY" "${other#*=}/members") != *'"clientURLs":['* ]] || return 0
  done
  return 1
}

# seat: what the cluster says of this member, in $id, $status, $clients and $learner; empty where it does not know it.
# Sets $cluster to all members. Fails where there is no quorum to ask.
seat() {
  local list line member has label peer served votes other
  list=$(etcdctl member list 2>&1) || return 1
  id='' status='' clients='' learner='' cluster=''
  while IFS=', ' read -r member has label peer served votes; do
    if [[ $peer == "$url" ]]; then
      id=$member status=$has clients=$served learner=$votes label=$name
    fi
    # A member that was added and never started has no name yet.
    for other in "${others[@]}"; do [[ ${other#*=} != "$peer" ]] || label=${other%%=*}; done
    cluster+=${cluster:+,}${label:-$member}=$peer
  done <<<"$list"
}

# join: decides between a new cluster and one that lives. Into that, a member comes as a learner: it counts once it has
# caught up, so that a member that never comes up costs no quorum. etcd takes one learner at a time; others wait here.
join() {
  local said='' start=$SECONDS
  while living; do
    if seat; then
      case "$id:$status:$clients" in
        ::) if etcdctl member add "$name" --learner --peer-urls "$url"; then continue; fi ;;
        *:unstarted:*) state=existing; return ;;
        *:started:) break ;; # The cluster began with this member, which is only late.
        *)
          say "the cluster knows $name as member $id, whose data is not here: it is removed and added anew"
          etcdctl member remove "$id" || true
          continue
          ;;
      esac
    fi
    ((SECONDS - start < 300)) || fail "the cluster of $cluster${others[*]} lives, and has not taken $name within 300 s: $(etcdctl member list 2>&1 | tail -n 1)"
    [[ -n $said ]] || say "waiting for the cluster to take $name, at most 300 s"
    said=yes
    sleep 1
  done
  state=new cluster=$planned
}

# promote: a learner that has caught up becomes a member that votes.
promote() { seat && [[ $learner == true ]] && etcdctl member promote "$id"; }
