import type { ClusterPlan, NodePlan } from "../../plan.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { renderUnit, restarts } from "../remote/unit.ts";
import { runtimePaths } from "./paths.ts";

/** Of the CNI plugins' release, what the pod network needs. */
const cniPlugins = ["bridge", "host-local", "loopback", "portmap"];

/**
 * https://github.com/containerd/containerd/blob/v2.3.4/docs/cri/config.md. That page shows version 3, but 4 is what 2.3 works
 * with (docs/man/containerd-config.toml.5.md): it migrates any other in memory at each start, and warns.
 */
function containerdConfig(plan: ClusterPlan): string {
  return `version = 4
imports = ["/etc/containerd/conf.d/*.toml"]

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${plan.images.pause}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '${runtimePaths.mirrors}'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['${runtimePaths.cniPlugins}']
  conf_dir = '/etc/cni/net.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
}

/** Images of every registry come from the lab's mirror, and from the registry itself where the mirror has none. */
function mirrorConfig(plan: ClusterPlan): string {
  return `[host."${plan.mirrorUrl}"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"
`;
}

/** A bridge on the node that all its pods hang on; their addresses are this node's /24. */
function podNetwork(plan: ClusterPlan, node: NodePlan): string {
  const { vxlan } = plan.network;
  return JSON.stringify(
    {
      cniVersion: "1.0.0",
      name: "hardway",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          // Else a pod's largest packets would not fit into flannel's.
          ...(vxlan === undefined ? {} : { mtu: vxlan.podMtu }),
          // Leaving the cluster is the node's masquerade rule's affair: it knows all pods' networks, the bridge just its own.
          ipMasq: false,
          // Lets a pod reach itself through its own Service.
          hairpinMode: true,
          ipam: {
            type: "host-local",
            ranges: [[{ subnet: node.podNetwork }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

const containerdUnit = renderUnit({
  Unit: {
    Description: "containerd",
    Documentation: "https://containerd.io",
    After: "network.target",
    StartLimitIntervalSec: "0",
  },
  Service: {
    Type: "notify",
    TimeoutStartSec: 300,
    ExecStart: runtimePaths.containerd,
    // Containers are its children's children; they outlive a restart.
    Delegate: "yes",
    KillMode: "process",
    ...restarts,
    LimitNOFILE: 1_048_576,
    LimitNPROC: "infinity",
    TasksMax: "infinity",
    OOMScoreAdjust: -999,
  },
});

const crictlConfig = `runtime-endpoint: unix://${runtimePaths.socket}
image-endpoint: unix://${runtimePaths.socket}
`;

export function renderRuntime(plan: ClusterPlan, node: NodePlan): StepScript {
  const { vxlan } = plan.network;
  // flanneld leaves before the node's pods do; what it has told the kernel serves them to the last.
  const interfaces = ["cni0", ...(vxlan === undefined ? [] : [vxlan.interface])];
  return {
    name: "containerd",
    create: `# containerd runs containers, runc starts each one, and the CNI plugins give each pod its network.
${provide(plan.artifacts["cni-plugins"], Object.fromEntries(cniPlugins.map((plugin) => [plugin, `${runtimePaths.cniPlugins}/${plugin}`])))}
# containerd watches this file's directory. That the file is moved here from beside, whole, is what makes it read it again.
${putFile(runtimePaths.cniConfig, podNetwork(plan, node), "600")}
${provide(plan.artifacts.runc, { runc: "/usr/local/bin/runc" })}
${provide(plan.artifacts.crictl, { crictl: "/usr/local/bin/crictl" })}
${putFile("/etc/crictl.yaml", crictlConfig)}
${provide(plan.artifacts.containerd, {
  "bin/containerd": runtimePaths.containerd,
  "bin/containerd-shim-runc-v2": "/usr/local/bin/containerd-shim-runc-v2",
  "bin/ctr": "/usr/local/bin/ctr",
})}
${putFile(runtimePaths.config, containerdConfig(plan))}
# Read at every pull, so a change needs no restart.
${putFile(`${runtimePaths.mirrors}/_default/hosts.toml`, mirrorConfig(plan))}
${putFile("/etc/systemd/system/containerd.service", containerdUnit)}
serves() { [[ -S ${runtimePaths.socket} ]] && systemctl --quiet is-active containerd.service; }
converge containerd.service 120 serves ${runtimePaths.containerd} ${runtimePaths.config}
`,
    delete: `remove_unit containerd.service
${interfaces.map((name) => `ip link delete ${name} 2>/dev/null || true\n`).join("")}remove_data /var/lib/containerd
rm -rf ${[
      "/opt/hardway/bin/containerd",
      "/opt/hardway/bin/runc",
      "/opt/hardway/bin/cni-plugins",
      "/opt/hardway/bin/crictl",
      runtimePaths.cniPlugins,
      runtimePaths.cniConfig,
      "/etc/containerd",
      "/etc/crictl.yaml",
      "/var/lib/cni",
      "/usr/local/bin/containerd",
      "/usr/local/bin/containerd-shim-runc-v2",
      "/usr/local/bin/ctr",
      "/usr/local/bin/runc",
      "/usr/local/bin/crictl",
    ].join(" \\\n  ")}
`,
  };
}
