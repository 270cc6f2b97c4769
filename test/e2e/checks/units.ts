import { type Cluster, found } from "../../../harness/clusters/cluster.ts";

/** Every unit that the program installs. */
const units = [
  "containerd",
  "crio",
  "etcd",
  "hardway-pod-network",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-proxy",
  "kube-scheduler",
  "kubelet",
].map((name) => `${name}.service`);

/** systemd's invocation ID of each unit, by `worker-1 kubelet`: it changes with every start. */
export async function invocations(cluster: Cluster): Promise<Map<string, string>> {
  const show = `systemctl show --property Id,InvocationID ${units.join(" ")}`;
  const runs = cluster.nodes.map(async ({ name }) => {
    const { stdout } = await cluster.ssh(name, show);
    return stdout.split("\n\n").flatMap((block): [string, string][] => {
      const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(block)?.[1];
      const id = found(value("Id"), `a unit in ${block}`).replace(/\.service$/, "");
      const run = value("InvocationID");
      // No node has all units.
      return run === undefined || run === "" ? [] : [[`${name} ${id}`, run]];
    });
  });
  return new Map((await Promise.all(runs)).flat());
}

/** The units that have started since, as `worker-1 kubelet`, sorted. */
export async function startedSince(
  cluster: Cluster,
  before: ReadonlyMap<string, string>,
): Promise<string[]> {
  const now = await invocations(cluster);
  return [...now]
    .filter(([unit, run]) => before.get(unit) !== run)
    .map(([unit]) => unit)
    .sort();
}
