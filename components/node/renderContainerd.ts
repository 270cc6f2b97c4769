import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { provide } from "../remote/provide.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { renderUnit, restarts } from "../remote/unit.ts";
import { containerdPaths, runtimePaths } from "./paths.ts";
import { proxyEnvironment } from "./proxyEnvironment.ts";
import { bringRuntimeParts, removePodNetwork } from "./runtimeParts.ts";

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
  config_path = '${hasRegistries(plan) ? containerdPaths.registries : containerdPaths.mirrors}'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['${runtimePaths.cniPlugins}']
  conf_dir = '${runtimePaths.cniDirectory}'

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

const hasRegistries = ({ outside }: ClusterPlan): boolean =>
  Object.keys(outside.registries).length > 0;

/**
 * A directory for each registry with mirrors of its own, and one for all others; the lab's mirror comes first everywhere. They
 * stand apart from `mirrors`, so that none is looked into once the config names none.
 */
function registries(plan: ClusterPlan): string {
  if (!hasRegistries(plan)) return "";
  const entries = Object.entries({ "*": [], ...plan.outside.registries }).map(
    ([name, mirrors]) => ({
      directory: name === "*" ? "_default" : name,
      hosts: [mirrorConfig(plan), ...mirrors.map(hostConfig)].join("\n"),
    }),
  );
  const names = entries.map(({ directory }) => directory).join(" ");
  const files = entries.map(({ directory, hosts }) =>
    putFile(`${containerdPaths.registries}/${directory}/hosts.toml`, hosts),
  );
  return `${files.join("")}for registry in ${containerdPaths.registries}/*; do
  [[ " ${names} " == *" \${registry##*/} "* ]] || { rm -rf "$registry"; say "removed $registry"; }
done
`;
}

/** containerd puts /v2 behind a URL that does not end in it; one that has it elsewhere says so. */
function hostConfig(url: string): string {
  const { pathname } = new URL(url);
  const override = /\/v2\//.test(pathname) ? "  override_path = true\n" : "";
  return `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n${override}`;
}

const containerdUnit = (plan: ClusterPlan) =>
  renderUnit({
    Unit: {
      Description: "containerd",
      Documentation: "https://containerd.io",
      After: "network.target",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "notify",
      TimeoutStartSec: 300,
      ...proxyEnvironment(plan),
      ExecStart: containerdPaths.program,
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

export function renderContainerd(plan: ClusterPlan, node: NodePlan): StepScript {
  const paths = containerdPaths;
  return {
    name: "containerd",
    create: `# containerd runs containers, runc starts each one, and the CNI plugins give each pod its network.
# Docker's, for one, has the same unit and directories: it would be taken over, and its data removed when this node leaves.
unit=$(systemctl show --property FragmentPath --value containerd.service)
[[ $unit == '' || $unit == /etc/systemd/system/containerd.service ]] || fail "this machine has a containerd of its own ($unit), in whose place this one would come; uninstall it, write runtime: cri-o for this node, or take another machine"
${bringRuntimeParts(plan, node, "containerd")}
${provide(plan.artifacts.containerd, {
  "bin/containerd": paths.program,
  "bin/containerd-shim-runc-v2": "/usr/local/bin/containerd-shim-runc-v2",
  "bin/ctr": "/usr/local/bin/ctr",
})}
${putFile(paths.config, containerdConfig(plan))}
# Read at every pull, so a change needs no restart.
${putFile(`${paths.mirrors}/_default/hosts.toml`, mirrorConfig(plan))}
${registries(plan)}${putFile("/etc/systemd/system/containerd.service", containerdUnit(plan))}
serves() { [[ -S ${node.runtime.socket} ]] && systemctl --quiet is-active containerd.service; }
converge containerd.service 120 serves ${paths.program} ${paths.config}
`,
    delete: `remove_unit containerd.service
${removePodNetwork(plan)}remove_data /var/lib/containerd
rm -rf ${[
      "/opt/hardway/bin/containerd",
      "/opt/hardway/bin/runc",
      "/opt/hardway/bin/cni-plugins",
      "/opt/hardway/bin/crictl",
      runtimePaths.cniPlugins,
      runtimePaths.cniConfig,
      "/etc/containerd",
      runtimePaths.crictlConfig,
      "/var/lib/cni",
      paths.program,
      "/usr/local/bin/containerd-shim-runc-v2",
      "/usr/local/bin/ctr",
      runtimePaths.runc,
      runtimePaths.crictl,
    ].join(" \\\n  ")}
`,
  };
}
