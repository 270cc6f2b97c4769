const ours = "is managed by hardway; choose another path";

/** Where a file of a person's own has no place, and what to do instead. */
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

/** Inside the program's directories, what the runtimes read of a person's own. */
const free = /^\/etc\/(containerd\/conf|crio\/crio\.conf)\.d\/[^/]*\.(toml|conf)$/;

/**
 * Why a file of a person's own has no place at this path, with what to do instead; undefined where it has. A test of the
 * program holds every path that a step writes against it.
 */
export function pathFault(path: string): string | undefined {
  return free.test(path) ? undefined : owned.find(([form]) => form.test(path))?.[1];
}
