const way = "hardway reaches the node";
const units = "/(etc|run|(usr/(local/)?)?lib)/systemd/system";

/** Paths that the steps of components write, or the components themselves. */
export const ownPaths: readonly RegExp[] = [
  /^\/(etc|opt|usr|var)\/(.*\/)?[^/]*hardway/,
  /^\/etc\/(cni|containerd|crio|etcd|haproxy|keepalived|kube-flannel|kubernetes)(\/|$)/,
  /^\/etc\/(crictl\.yaml|modules-load\.d\/kubernetes\.conf|sysctl\.d\/90-(haproxy|kubernetes)\.conf)$/,
  new RegExp(
    String.raw`^${units}/(multi-user\.target\.wants/)?(containerd|crio|etcd|flanneld|haproxy|keepalived|kube[a-z-]*|ssh|sshd|var-lib-etcd)\.(service|socket|mount)$`,
  ),
  /^\/opt\/cni(\/|$)/,
  /^\/usr\/local\/bin\/(conmon|containerd|crictl|crio|ctr|etcd|flanneld|kube|pinns|runc)[a-z0-9-]*$/,
  /^\/var\/lib\/(cni|containerd|containers|crio|etcd|kubelet|kube-proxy)(\/|$)/,
  /^\/var\/log\/kubernetes(\/|$)/,
];

/** Other paths that `files` may not use, with the alternative. */
export const otherPaths: readonly (readonly [RegExp, string])[] = [
  [/^\/etc\/(localtime|timezone)$/, "is the machine's time zone; write timeZone"],
  [/^\/etc\/(passwd|shadow|group|gshadow)-?$/, "lists the machine's users; write users"],
  [
    /^\/etc\/ssh\/authorized_keys\.d\/|\/\.ssh\/authorized_keys2?$/,
    "grants login; write ssh.authorizedKeys or users",
  ],
  [/^\/etc\/ssh\//, `configures the SSH server, through which ${way}; remove it`],
  [
    /^\/etc\/(pam\.d|security\/access\.d)\/|^\/etc\/(hosts\.(allow|deny)|nologin|pam\.conf|security\/access\.conf)$/,
    "decides who may log in, hardway too; remove it",
  ],
  [/^\/etc\/sudoers(\.d\/|$)/, "grants root's rights; write sudo in users"],
  [
    /^\/etc\/(netplan|NetworkManager|network|sysconfig\/network-scripts)\/|^\/(etc|run|usr\/lib|lib)\/systemd\/(network|networkd\.conf|resolved\.conf)(\.d)?(\/|$)/,
    `configures the network, through which ${way}; write network, or remove it`,
  ],
  [
    /^\/etc\/(firewalld|iptables|nftables\.d|ufw)\/|^\/etc\/(nftables\.conf|sysconfig\/(ip6?tables|nftables\.conf))$/,
    "removes the rules of kube-proxy and of the pod network at every boot; remove it",
  ],
  [/^\/etc\/cloud(\/|$)/, `configures cloud-init, which sets up how ${way}; remove it`],
  [/^\/(etc\/(fstab|crypttab)|boot\/.*)$/, "can stop the machine from booting; remove it"],
  [
    /^(\/usr)?\/(bin|sbin|lib|lib32|lib64)\/(?!systemd\/)/,
    "belongs to the packages of the operating system; choose a path in /usr/local or /opt",
  ],
  [
    /^\/(bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)(\/(bin|local|lib|log|sbin|share|systemd|systemd\/system))?$/,
    "is a directory of the operating system; choose the path of a file in it",
  ],
  [/^\/etc\/resolv\.conf$/, "names the name servers; write network.dns"],
  [
    /^\/etc\/host(s|name)$/,
    "is written by cloud-init at every boot; add the names to a name server in network.dns",
  ],
  [/^\/(dev|proc|run|sys|tmp)\//, "is lost at a reboot; choose another path"],
];

/** Drop-in directories of the runtimes inside hardway's directories: free for `files`. */
const free = /^\/etc\/(containerd\/conf|crio\/crio\.conf)\.d\/[^/]*\.(toml|conf)$/;

/**
 * Why `files` may not use this path, and the alternative; undefined if it may. A program test
 * checks every path that a step writes against this.
 */
export function pathFault(path: string): string | undefined {
  if (free.test(path)) return undefined;
  const other = otherPaths.find(([form]) => form.test(path));
  if (other !== undefined) return other[1];
  return ownPaths.some((form) => form.test(path))
    ? "is managed by hardway; choose another path"
    : undefined;
}
