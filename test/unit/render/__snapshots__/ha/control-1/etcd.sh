# etcd stores the whole state of the cluster. Its own user, its own authority, and data that nobody else can read.
getent passwd etcd >/dev/null || useradd --system --user-group --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin etcd
install --directory --mode 700 --owner etcd --group etcd /var/lib/etcd
put_secrets

provide etcd v3.6.14 6574636400000000000000000000000000000000000000000000000000000000 etcd-v3.6.14-linux-amd64.tar.gz \
  http://10.17.0.1:8473/artifacts/6574636400000000000000000000000000000000000000000000000000000000/etcd-v3.6.14-linux-amd64.tar.gz \
  https://github.com/etcd-io/etcd/releases/download/v3.6.14/etcd-v3.6.14-linux-amd64.tar.gz
link "$home/etcd-v3.6.14-linux-amd64/etcd" /usr/local/bin/etcd
link "$home/etcd-v3.6.14-linux-amd64/etcdctl" /usr/local/bin/etcdctl
prune etcd

export ETCDCTL_ENDPOINTS=https://10.17.0.12:2379,https://10.17.0.13:2379,https://10.17.0.11:2379
export ETCDCTL_CACERT=/etc/etcd/ca.crt ETCDCTL_CERT=/etc/etcd/etcd.crt ETCDCTL_KEY=/etc/etcd/etcd.key
name=control-1 url=https://10.17.0.11:2380
others=(control-2=https://10.17.0.12:2380 control-3=https://10.17.0.13:2380)
planned=control-1=https://10.17.0.11:2380,control-2=https://10.17.0.12:2380,control-3=https://10.17.0.13:2380
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

# A member that has data knows its cluster from there.
if [[ ! -d /var/lib/etcd/member/wal ]]; then
  join
  put 644 root:root /etc/etcd/bootstrap.env <<END
ETCD_INITIAL_CLUSTER=$cluster
ETCD_INITIAL_CLUSTER_STATE=$state
END
fi

put 600 root:root /etc/systemd/system/etcd.service <<'END'
[Unit]
Description=etcd
Documentation=https://etcd.io/docs/v3.6/
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=600
User=etcd
Group=etcd
EnvironmentFile=-/etc/etcd/bootstrap.env
ExecStart=/usr/local/bin/etcd \
  --advertise-client-urls=https://10.17.0.11:2379 \
  --auto-compaction-mode=periodic \
  --auto-compaction-retention=1h \
  --cert-file=/etc/etcd/etcd.crt \
  --client-cert-auth=true \
  --data-dir=/var/lib/etcd \
  --election-timeout=10000 \
  --heartbeat-interval=500 \
  --initial-advertise-peer-urls=https://10.17.0.11:2380 \
  --initial-cluster-token=hardway-ha \
  --key-file=/etc/etcd/etcd.key \
  --listen-client-urls=https://10.17.0.11:2379,https://127.0.0.1:2379 \
  --listen-metrics-urls=http://127.0.0.1:2381 \
  --listen-peer-urls=https://10.17.0.11:2380 \
  --log-level=warn \
  --name=control-1 \
  --peer-cert-file=/etc/etcd/etcd.crt \
  --peer-client-cert-auth=true \
  --peer-key-file=/etc/etcd/etcd.key \
  --peer-trusted-ca-file=/etc/etcd/ca.crt \
  --tls-min-version=TLS1.2 \
  --trusted-ca-file=/etc/etcd/ca.crt \
  --warning-apply-duration=10000ms \
  --warning-unary-request-duration=10000ms
Restart=always
RestartSec=2
LimitNOFILE=65536
OOMScoreAdjust=-999
CapabilityBoundingSet=
LockPersonality=true
MemoryDenyWriteExecute=true
NoNewPrivileges=true
PrivateDevices=true
PrivateTmp=true
ProtectClock=true
ProtectControlGroups=true
ProtectHome=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
UMask=0077
ReadWritePaths=/var/lib/etcd

[Install]
WantedBy=multi-user.target
END
serves() { curl --silent --fail --max-time 5 http://127.0.0.1:2381/readyz; }
healthy() { serves || { promote && serves; }; }
turn=etcd
others_well() { etcdctl endpoint health --endpoints https://10.17.0.12:2379,https://10.17.0.13:2379; }
converge etcd.service 300 healthy /usr/local/bin/etcd /etc/etcd/ca.crt /etc/etcd/etcd.crt /etc/etcd/etcd.key

# --- delete ---
remove_unit etcd.service
remove_data /var/lib/etcd
rm -rf /usr/local/bin/etcd \
  /usr/local/bin/etcdctl \
  /opt/hardway/bin/etcd \
  /etc/etcd
