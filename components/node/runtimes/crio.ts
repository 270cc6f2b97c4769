import { RegistryMirror } from "../../../model/registryMirror.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { file, type Installation, program } from "../../remote/component.ts";
import { renderUnit, restarts } from "../../remote/unit.ts";
import { crioPaths as paths, runtimePaths } from "../paths.ts";
import { proxyEnvironment } from "./proxyEnvironment.ts";
import {
  imageRegistries,
  removePodNetwork,
  runtimeFiles,
  runtimeLeaves,
  runtimeTools,
} from "./runtimeParts.ts";

/** https://github.com/cri-o/cri-o/blob/v1.36.3/docs/crio.conf.5.md */
function crioConfig(plan: ClusterPlan, node: NodePlan): string {
  return `# What is not said here is as CRI-O has it; files in /etc/crio/crio.conf.d add to it. 'crio config' shows the whole.
[crio]
# A place of its own: in /var/lib/containers is what podman may have on this machine.
root = '${paths.data}/storage'
runroot = '/run/crio/storage'
storage_driver = 'overlay'

[crio.api]
# Where the kubelet and crictl ask.
listen = '${node.runtime.socket}'

[crio.runtime]
# One manager of cgroups, which is systemd; the kubelet's cgroupDriver says the same.
cgroup_manager = 'systemd'
default_runtime = 'runc'
# In a pod everybody may listen below port 1024 and ping, as with containerd; CoreDNS is no root, and has port 53.
default_sysctls = ['net.ipv4.ip_unprivileged_port_start=0', 'net.ipv4.ping_group_range=0 2147483647']
# Processes get no SELinux label of their own, as with containerd: that needs a policy which not every image has.
selinux = false
# Holds a pod's namespaces by files, so that most pods need no pause container.
pinns_path = '${paths.pinns}'

# runc itself is found on PATH.
[crio.runtime.runtimes.runc]
runtime_type = 'oci'
# One conmon watches over each container, and CRI-O may be restarted meanwhile.
monitor_path = '${paths.conmon}'
monitor_env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']

[crio.image]
# For the pods that need one: those whose containers share their processes. Never cleaned up with unused images.
pause_image = '${plan.images.pause}'
pinned_images = ['${plan.images.pause}']
# Which images may be run, as far as they are signed.
signature_policy = '${paths.policy}'

[crio.network]
network_dir = '${runtimePaths.cniDirectory}'
plugin_dirs = ['${runtimePaths.cniPlugins}']
`;
}

/** As with containerd: an image is identified by name and digest, and no signature is required. */
const policy = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }, null, 2);

/**
 * Images come from the lab's mirror, or from the registry itself if the mirror does not have them.
 * The format has no wildcard for all registries, so these are the registries of the lab's own
 * images:
 * https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
function registriesConfig(plan: ClusterPlan): string {
  const { mirror, outside } = plan;
  const { "*": ofOthers = [], ...own } = outside.registries;
  const names = [...new Set([...imageRegistries(plan), ...Object.keys(own)])];
  const registries = names.sort().map((name) => {
    const mirrors = [
      new RegistryMirror(mirror.scheme, mirror.server, `/${name}`),
      ...(own[name] ?? ofOthers),
    ];
    return `
[[registry]]
prefix = '${name}'
location = '${name}'
${mirrors.map(mirrorOf).join("")}`;
  });
  return `# A name without a registry is Docker Hub's, as it is with containerd.
unqualified-search-registries = ['docker.io']
${registries.join("")}`;
}

/** CRI-O inserts v2 between the server and the rest automatically. */
const mirrorOf = ({ scheme, server, path }: RegistryMirror): string => `
[[registry.mirror]]
location = '${server}${path.replace("/v2/", "/")}'
${scheme === "http" ? "insecure = true\n" : ""}`;

const crioUnit = (plan: ClusterPlan) =>
  renderUnit({
    Unit: {
      Description: "CRI-O",
      Documentation: "https://cri-o.io",
      After: "network.target",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "notify",
      TimeoutStartSec: 300,
      ...proxyEnvironment(plan),
      ExecStart: paths.program,
      // Each conmon is in a scope of its own; containers outlive a restart.
      KillMode: "process",
      ...restarts,
      LimitNOFILE: 1_048_576,
      LimitNPROC: "infinity",
      TasksMax: "infinity",
      OOMScoreAdjust: -999,
    },
  });

export const installCrio = (plan: ClusterPlan, node: NodePlan): Installation<never> => ({
  about:
    "CRI-O runs containers, conmon watches over each one, runc starts it, and the CNI plugins give each pod its network.",
  files: [
    ...runtimeFiles(plan, node, "CRI-O"),
    file(paths.config, crioConfig(plan, node)),
    file(paths.policy, policy),
    file(paths.registries, registriesConfig(plan)),
  ],
  programs: [
    ...runtimeTools(plan),
    program(plan.artifacts["cri-o"], {
      "cri-o/bin/crio": paths.program,
      "cri-o/bin/conmon": paths.conmon,
      "cri-o/bin/pinns": paths.pinns,
    }),
  ],
  leaves: [...runtimeLeaves, "/etc/crio", "/run/crio", "/var/log/crio"],
  onRemove: `# Each container's conmon was in a scope of its own, which systemd may keep for a while after it has ended.
systemctl --quiet stop 'crio-*.scope' 2>/dev/null || true
${removePodNetwork(plan)}# Its mounts outlive it.
awk '$2 ~ "^(${paths.data}|/run/crio)/" { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount
remove_data ${paths.data}
`,
  unit: {
    name: "crio.service",
    mode: "644",
    text: crioUnit(plan),
    healthy: `[[ -S ${node.runtime.socket} ]] && systemctl --quiet is-active crio.service`,
    withinSeconds: 120,
  },
});
