/** Paths of the load balancer's files. The programs are part of the image. */
export const haproxyPaths = {
  program: "/usr/sbin/haproxy",
  config: "/etc/haproxy/haproxy.cfg",
  /** The cluster's CA, which verifies the API servers' certificates. */
  authority: "/etc/haproxy/ca.crt",
  /** Certificate and key in one file, as HAProxy requires. */
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
