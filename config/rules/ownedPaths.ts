const ours = "is managed by hardway; choose another path";

/** Paths that `files` may not use, with the alternative. */
const owned: readonly (readonly [RegExp, string])[] = [
  [/^\/etc\/(localtime|timezone)$/, "is the machine's time zone; write timeZone"],
  [/^\/etc\/(passwd|shadow|group|gshadow)-?$/, "lists the machine's users; write users"],
  [
    /^\/etc\/ssh\/authorized_keys\.d\/|\/\.ssh\/authorized_keys2?$/,
    "grants login; write ssh.authorizedKeys or users",
  ],
  [/^\/etc\/resolv\.conf$/, "names the name servers; write network.dns"],
  [
    /^\/etc\/host(s|name)$/,
    "is written by cloud-init at every boot; add the names to a name server in network.dns",
  ],
  [/^\/(dev|proc|run|sys|tmp)\//, "is lost at a reboot; choose another path"],
  [/^\/(etc|opt|usr|var)\/(.*\/)?[^/]*hardway/, ours],
  [/^\/etc\/(cni|containerd|crio|etcd|haproxy|keepalived|kube-flannel|kubernetes)(\/|$)/, ours],
  [
    /^\/etc\/(crictl\.yaml|modules-load\.d\/kubernetes\.conf|sysctl\.d\/90-(haproxy|kubernetes)\.conf)$/,
    ours,
  ],
  [
    /^\/etc\/systemd\/system\/(multi-user\.target\.wants\/)?(containerd|crio|etcd|flanneld|haproxy|keepalived|kube[a-z-]*|var-lib-etcd)\.(service|mount)$/,
    ours,
  ],
  [/^\/opt\/cni(\/|$)/, ours],
  [
    /^\/usr\/local\/bin\/(conmon|containerd|crictl|crio|ctr|etcd|flanneld|kube|pinns|runc)[a-z0-9-]*$/,
    ours,
  ],
  [/^\/var\/lib\/(cni|containerd|containers|crio|etcd|kubelet|kube-proxy)(\/|$)/, ours],
  [/^\/var\/log\/kubernetes(\/|$)/, ours],
];

/** Drop-in directories of the runtimes inside hardway's directories: free for `files`. */
const free = /^\/etc\/(containerd\/conf|crio\/crio\.conf)\.d\/[^/]*\.(toml|conf)$/;

/**
 * Why `files` may not use this path, and the alternative; undefined if it may. A program test
 * checks every path that a step writes against this.
 */
export function pathFault(path: string): string | undefined {
  return free.test(path) ? undefined : owned.find(([form]) => form.test(path))?.[1];
}
