import { chmod, copyFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../../base/paths.ts";
import { blobPath, readMirrorLock } from "../../mirror/store.ts";
import { versions } from "../../model/versions.ts";
import type { MachinesLab } from "../machines/machinesLab.ts";
import { type Cluster, type ClusterNode, found } from "./cluster.ts";

/** `hardway:cluster` for existing machines; a node's `settings` are added to its SSH access. */
export function clusterConfig(
  lab: MachinesLab,
  nodes: readonly ClusterNode[],
  settings: Readonly<Record<string, object>> = {},
) {
  const entries = nodes.map(({ name, address, roles }) => {
    const { user, hostKey, privateKeyFile } = found(
      lab.machines.find((machine) => machine.name === name),
      `a machine ${name}`,
    );
    const host = { user, hostKey, keyFile: privateKeyFile };
    return [name, { roles, address, host, ...settings[name] }];
  });
  return {
    network: { nodes: lab.gateway.replace(/\.1$/, ".0/24") },
    // Container machines use this machine's cgroups, which are v1 here.
    kubelet: { failCgroupV1: false },
    nodes: Object.fromEntries(entries) as Record<string, object>,
  };
}

/** The checks' interface to a cluster on container machines. */
export async function containerCluster(
  lab: MachinesLab,
  nodes: readonly ClusterNode[],
  { kubeconfig, apiUrl }: { kubeconfig: string; apiUrl: string },
): Promise<Cluster> {
  const kubeconfigPath = join(lab.directory, "kubeconfig");
  // A prober may be reading the file.
  await writeFile(`${kubeconfigPath}.new`, kubeconfig, { mode: 0o600 });
  await rename(`${kubeconfigPath}.new`, kubeconfigPath);
  const kubectl = join(lab.directory, "kubectl");
  const { artifacts } = await readMirrorLock(cacheDir());
  const entry = found(artifacts[`kubectl@${versions.kubernetes}`], "kubectl in the mirror");
  await copyFile(blobPath(cacheDir(), entry.sha256), kubectl);
  await chmod(kubectl, 0o755);
  const kubectlCommand = [...lab.enter, kubectl, "--kubeconfig", kubeconfigPath] as const;
  const [command, ...fixed] = kubectlCommand;
  return {
    nodes,
    apiUrl,
    kubectlCommand: [command, ...fixed],
    kubectl: async (args, options = {}) => {
      const result = await execa(command, [...fixed, ...args], { ...options, reject: false });
      if (result.exitCode === 0) return String(result.stdout);
      throw new Error(`kubectl ${args.join(" ")}: ${String(result.stderr)}`);
    },
    exec: lab.exec.bind(lab),
    ssh: lab.ssh.bind(lab),
  };
}
