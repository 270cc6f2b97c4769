# keepalived: one load balancer at a time has 10.17.0.10; another takes it over when that one's haproxy fails.
[[ -x /usr/sbin/keepalived ]] || fail "/usr/sbin/keepalived is missing, and nothing is installed by a package manager here; use an image that has it, or install it"

card=$(ip -oneline -4 address show to 10.17.0.5); card=$(awk '{ print $2; exit }' <<<"$card")
[[ -n $card ]] || fail "no network card of this machine has the node's address 10.17.0.5"
put 644 root:root /etc/keepalived/card.conf <<END
\$CARD=$card
END
put 755 root:root /etc/keepalived/check-haproxy <<'END'
#!/bin/sh
exec curl --silent --fail --max-time 10 --output /dev/null http://127.0.0.1:8404/healthz
END
put 600 root:root /etc/keepalived/keepalived.conf <<'END'
global_defs {
  router_id lb-1
  enable_script_security
  script_user nobody
}

# The name of the network card that has this node's address: $CARD.
include /etc/keepalived/card.conf

vrrp_script haproxy {
  script /etc/keepalived/check-haproxy
  interval 10
  timeout 11
  fall 2
  rise 2
}

vrrp_instance api {
  state BACKUP
  interface $CARD
  virtual_router_id 214
  priority 200
  advert_int 3
  # Who has the address keeps it as long as it serves: a balancer that comes back moves nothing.
  nopreempt
  unicast_src_ip 10.17.0.5
  unicast_peer {
    10.17.0.6 # lb-2
  }
  virtual_ipaddress {
    10.17.0.10/24
  }
  track_script {
    haproxy
  }
}
END

put 644 root:root /etc/systemd/system/keepalived.service <<'END'
[Unit]
Description=keepalived: the address that the load balancers share
Documentation=man:keepalived(8)
Wants=network-online.target
After=network-online.target
After=haproxy.service
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart=/usr/sbin/keepalived --dont-fork --log-console --use-file /etc/keepalived/keepalived.conf
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
END
healthy() { systemctl --quiet is-active keepalived.service; }
reload=yes converge keepalived.service 60 healthy /etc/keepalived/card.conf /etc/keepalived/check-haproxy /etc/keepalived/keepalived.conf

# --- delete ---
remove_unit keepalived.service
rm -rf /etc/keepalived/card.conf \
  /etc/keepalived/check-haproxy \
  /etc/keepalived/keepalived.conf
