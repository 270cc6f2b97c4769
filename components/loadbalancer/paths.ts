/** Where the load balancer's files stand. The programs are the image's. */
export const haproxyPaths = {
  program: "/usr/sbin/haproxy",
  config: "/etc/haproxy/haproxy.cfg",
  /** The cluster's, which the API servers' certificates are checked with. */
  authority: "/etc/haproxy/ca.crt",
  /** Certificate and key in one file, as haproxy wants them. */
  identity: "/etc/haproxy/haproxy.pem",
  sysctl: "/etc/sysctl.d/90-haproxy.conf",
  unit: "/etc/systemd/system/haproxy.service",
} as const;

export const keepalivedPaths = {
  program: "/usr/sbin/keepalived",
  config: "/etc/keepalived/keepalived.conf",
  card: "/etc/keepalived/card.conf",
  check: "/etc/keepalived/check-haproxy",
  unit: "/etc/systemd/system/keepalived.service",
} as const;
