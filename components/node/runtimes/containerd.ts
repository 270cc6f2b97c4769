import type { RegistryMirror } from "../../../model/registryMirror.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { type ComponentFile, file, type Installation, program } from "../../remote/component.ts";
import { renderUnit, restarts } from "../../remote/unit.ts";
import { containerdPaths as paths, runtimePaths } from "../paths.ts";
import { proxyEnvironment } from "./proxyEnvironment.ts";
import {
  imageRegistries,
  removePodNetwork,
  runtimeFiles,
  runtimeLeaves,
  runtimeTools,
} from "./runtimeParts.ts";

/**
 * https://github.com/containerd/containerd/blob/v2.3.4/docs/cri/config.md
 * That page shows version 3, but containerd 2.3 uses version 4
 * (docs/man/containerd-config.toml.5.md): it migrates any other version in memory at each start,
 * and warns.
 */
function containerdConfig(plan: ClusterPlan): string {
  return `version = 4
imports = ["/etc/containerd/conf.d/*.toml"]

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${plan.images.pause}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '${hasRegistries(plan) ? paths.registries : paths.mirrors}'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['${runtimePaths.cniPlugins}']
  conf_dir = '${runtimePaths.cniDirectory}'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
}

/**
 * The lab's own images come from its mirror, or from their registry if the mirror does not have
 * them. No other registry is behind the mirror: its 404 would hide why that registry fails.
 * https://github.com/containerd/containerd/blob/v2.3.4/core/remotes/docker/resolver.go#L281
 */
function mirrorConfig(plan: ClusterPlan): string {
  return `[host."${plan.mirror}"]
  capabilities = ["pull", "resolve"]
  dial_timeout = "5s"
`;
}

const hasRegistries = ({ outside }: ClusterPlan): boolean =>
  Object.keys(outside.registries).length > 0;

/** A directory for each registry of the lab's own images. Read at every pull, like all of them. */
const mirrorFiles = (plan: ClusterPlan): ComponentFile<never>[] =>
  imageRegistries(plan).map((name) =>
    file(`${paths.mirrors}/${name}/hosts.toml`, mirrorConfig(plan), {
      onChange: "nothing",
    }),
  );

/**
 * A directory for each registry that has mirrors, and one for all others. The lab's mirror comes
 * first for the registries of its images. They are not in `mirrors`, so that containerd reads none
 * of them once the config names no registries.
 */
function registryFiles(plan: ClusterPlan): ComponentFile<never>[] {
  if (!hasRegistries(plan)) return [];
  const { "*": ofOthers = [], ...own } = plan.outside.registries;
  const behindMirror = imageRegistries(plan);
  const names = [...new Set([...behindMirror, ...Object.keys(own)])].sort();
  const entries = [
    ...(ofOthers.length === 0 ? [] : [{ directory: "_default", hosts: ofOthers.map(hostConfig) }]),
    ...names.map((name) => ({
      directory: name,
      hosts: [
        ...(behindMirror.includes(name) ? [mirrorConfig(plan)] : []),
        ...(own[name] ?? ofOthers).map(hostConfig),
      ],
    })),
  ];
  const directories = entries.map(({ directory }) => directory).join(" ");
  return entries.map(({ directory, hosts }, index) =>
    file(`${paths.registries}/${directory}/hosts.toml`, hosts.join("\n"), {
      onChange: "nothing",
      ...(index === entries.length - 1 ? { apply: removeOtherRegistries(directories) } : {}),
    }),
  );
}

const removeOtherRegistries = (names: string): string => `for registry in ${paths.registries}/*; do
  [[ " ${names} " == *" \${registry##*/} "* ]] || { rm -rf "$registry"; say "removed $registry"; }
done
`;

/**
 * containerd appends /v2 to a URL that does not end in it; `override_path` keeps a URL that has /v2
 * elsewhere in its path.
 */
function hostConfig(mirror: RegistryMirror): string {
  const override = mirror.path.includes("/v2/") ? "  override_path = true\n" : "";
  return `[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n${override}`;
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
      ExecStart: paths.program,
      // Containers are grandchildren of containerd; they outlive its restart.
      Delegate: "yes",
      KillMode: "process",
      ...restarts,
      LimitNOFILE: 1_048_576,
      LimitNPROC: "infinity",
      TasksMax: "infinity",
      OOMScoreAdjust: -999,
    },
  });

export const installContainerd = (plan: ClusterPlan, node: NodePlan): Installation<never> => ({
  about:
    "containerd runs containers, runc starts each one, and the CNI plugins give each pod its network.",
  requires: [
    {
      because:
        "Docker's, for one, has the same unit and directories: it would be taken over, and its data removed when this node leaves.",
      test: `unit=$(systemctl show --property FragmentPath --value containerd.service)
[[ $unit == '' || $unit == /etc/systemd/system/containerd.service ]]`,
      otherwise:
        "this machine has a containerd of its own ($unit), which this one would replace; uninstall it, write runtime: cri-o for this node, or use another machine",
    },
  ],
  files: [
    ...runtimeFiles(plan, node, "containerd"),
    file(paths.config, containerdConfig(plan)),
    ...mirrorFiles(plan),
    ...registryFiles(plan),
  ],
  programs: [
    ...runtimeTools(plan),
    program(
      plan.artifacts.containerd,
      { "bin/containerd": paths.program },
      {
        "bin/containerd-shim-runc-v2": "/usr/local/bin/containerd-shim-runc-v2",
        "bin/ctr": "/usr/local/bin/ctr",
      },
    ),
  ],
  leaves: [...runtimeLeaves, "/etc/containerd"],
  onRemove: `${removePodNetwork(plan)}remove_data /var/lib/containerd\n`,
  unit: {
    name: "containerd.service",
    mode: "644",
    text: containerdUnit(plan),
    healthy: `[[ -S ${node.runtime.socket} ]] && systemctl --quiet is-active containerd.service`,
    withinSeconds: 120,
  },
});
