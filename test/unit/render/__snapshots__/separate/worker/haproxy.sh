# HAProxy: the address that every client knows, in front of port 6443 of every API server. It keeps checking whether each is ready.
[[ -x /usr/sbin/haproxy ]] || fail "/usr/sbin/haproxy is missing, and nothing is installed by a package manager here; use an image that has it, or install it"
# SELinux lets haproxy use the ports of web servers only; the machine's owner decides about others.
[[ $(getenforce 2>/dev/null) != Enforcing || $(getsebool haproxy_connect_any 2>&1) != *' off' ]] || fail "SELinux keeps haproxy from port 6443; run 'setsebool -P haproxy_connect_any on' on this node"
getent passwd haproxy >/dev/null || useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin haproxy
put_secrets

# A balancer binds the address before it has it, so that it serves as soon as it gets it.
put 644 root:root /etc/sysctl.d/90-haproxy.conf <<'END'
net.ipv4.ip_nonlocal_bind = 1
END
sysctl --quiet --load /etc/sysctl.d/90-haproxy.conf
# Nobody is led away from API servers that serve to such as do not, or not yet.
leads() { curl --silent --max-time 5 "http://127.0.0.1:8404/;csv" | cut --delimiter , --fields 1,2,20 | grep --line-regexp 'kube-apiserver,BACKEND,[1-9][0-9]*'; }
one_is_ready() {
  local url
  for url in https://10.17.0.11:6443/readyz https://10.17.0.12:6443/readyz; do
    if curl --silent --fail --max-time 15 --cacert /etc/haproxy/ca.crt --cert /etc/haproxy/haproxy.pem "$url"; then return 0; fi
  done
  return 1
}
may_change() { ! leads || one_is_ready; }
wait_for 300 "an API server of control-1, control-2 to be ready" may_change || fail "no API server of control-1, control-2 is ready after 300 s; haproxy stays as it is, with those that are"
put 644 root:root /etc/haproxy/haproxy.cfg <<'END'
global
  log stdout format raw daemon info
  user haproxy
  group haproxy
  maxconn 8000

defaults
  log global
  mode tcp
  option tcplog
  option dontlognull
  option redispatch 1
  retries 3
  timeout connect 15s
  timeout check 15s
  # Watches are long and silent; both ends keep them alive.
  timeout client 1h
  timeout server 1h

listen local
  mode http
  bind 127.0.0.1:8404
  timeout client 10s
  timeout server 10s
  monitor-uri /healthz
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /

frontend kube-apiserver
  bind 10.17.0.21:6443
  default_backend kube-apiserver

backend kube-apiserver
  balance leastconn
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
  http-check expect status 200
  default-server check check-ssl inter 15s fastinter 7500ms fall 2 rise 1 verify required ca-file /etc/haproxy/ca.crt crt /etc/haproxy/haproxy.pem
  default-server observe layer4 error-limit 1 on-error mark-down
  server control-1 10.17.0.11:6443
  server control-2 10.17.0.12:6443
  # While none of these is known to be ready, whichever of them answers.
  option allbackups
  server control-1-unchecked 10.17.0.11:6443 backup no-check
  server control-2-unchecked 10.17.0.12:6443 backup no-check
END

put 644 root:root /etc/systemd/system/haproxy.service <<'END'
[Unit]
Description=HAProxy in front of the API servers
Documentation=https://docs.haproxy.org/2.6/management.html
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg
ExecReload=/usr/sbin/haproxy -c -q -f /etc/haproxy/haproxy.cfg
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
SuccessExitStatus=143
Restart=always
RestartSec=2
LimitNOFILE=20000
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID CAP_KILL
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

[Install]
WantedBy=multi-user.target
END
healthy() { curl --silent --fail --max-time 10 --output /dev/null http://127.0.0.1:8404/healthz; }
reload=yes converge haproxy.service 60 healthy /etc/haproxy/ca.crt /etc/haproxy/haproxy.pem /etc/sysctl.d/90-haproxy.conf /etc/haproxy/haproxy.cfg

# --- delete ---
remove_unit haproxy.service
rm -rf /etc/haproxy/ca.crt \
  /etc/haproxy/haproxy.pem \
  /etc/sysctl.d/90-haproxy.conf \
  /etc/haproxy/haproxy.cfg
