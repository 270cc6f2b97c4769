import { expect } from "vitest";
import { kubeletPaths } from "../../../components/node/paths.ts";
import { clusterAuthorityPath } from "../../../components/pki/paths.ts";
import {
  type Cluster,
  controlPlaneOf,
  found,
  workersOf,
} from "../../../harness/clusters/cluster.ts";

/** The HTTP status of a request without credentials; 000 if there is no connection. */
async function anonymousStatus(cluster: Cluster, url: string): Promise<string> {
  const { stdout } = await cluster.exec([
    ...["curl", "--silent", "--insecure", "--max-time", "10", "--output", "/dev/null"],
    ...["--write-out", "%{http_code}", url],
  ]);
  return stdout;
}

/** Without credentials, the API server, kubelets and etcd return nothing. */
export async function expectAnonymousRefused(cluster: Cluster): Promise<void> {
  const { address } = controlPlaneOf(cluster);
  const seen: Record<string, string> = {};
  for (const path of ["/api/v1/nodes", "/version", "/metrics"]) {
    seen[`api${path}`] = await anonymousStatus(cluster, `${cluster.apiUrl}${path}`);
  }
  for (const node of cluster.nodes) {
    const kubelet = `https://${node.address}:10250`;
    seen[`${node.name} kubelet/pods`] = await anonymousStatus(cluster, `${kubelet}/pods`);
    seen[`${node.name} read-only`] = await anonymousStatus(
      cluster,
      `http://${node.address}:10255/pods`,
    );
  }
  seen.etcd = await anonymousStatus(cluster, `https://${address}:2379/health`);
  const nodes = cluster.nodes.flatMap(({ name }) => [
    [`${name} kubelet/pods`, "401"],
    [`${name} read-only`, "000"],
  ]);
  expect(seen).toEqual({
    "api/api/v1/nodes": "401",
    "api/version": "401",
    "api/metrics": "401",
    ...Object.fromEntries(nodes),
    etcd: "000",
  });
}

/** The API server's response to the kubelet of `node`. */
async function asKubelet(
  cluster: Cluster,
  node: string,
  request: { method: string; path: string; body?: unknown },
): Promise<{ code: number; message: string }> {
  const { cert, key } = kubeletPaths;
  const type = "--header 'Content-Type: application/merge-patch+json'";
  const data = request.body === undefined ? "" : `${type} --data '${JSON.stringify(request.body)}'`;
  const { stdout, stderr } = await cluster.ssh(
    node,
    `sudo curl --silent --show-error --max-time 20 --cacert ${clusterAuthorityPath} --cert ${cert} --key ${key} \
      --request ${request.method} ${data} --write-out '\\n%{http_code}' '${cluster.apiUrl}${request.path}'`,
  );
  const lines = stdout.split("\n");
  const code = Number(lines.pop());
  if (!(code > 0)) throw new Error(`${request.path} as ${node}: ${stderr}`);
  const { message = "" } = JSON.parse(lines.join("\n")) as { message?: string };
  return { code, message };
}

/** A kubelet may change only its own Node, and no label that other components trust. */
export async function expectNodeRestriction(cluster: Cluster): Promise<void> {
  const mine = found(workersOf(cluster)[0], "a worker").name;
  const other = controlPlaneOf(cluster).name;
  const label = (node: string, key: string) =>
    asKubelet(cluster, mine, {
      method: "PATCH",
      path: `/api/v1/nodes/${node}`,
      body: { metadata: { labels: { [key]: "e2e" } } },
    });
  expect((await label(mine, "example.org/e2e")).code).toBe(200);
  const onOther = await label(other, "example.org/e2e");
  expect(onOther.message).toContain(`node "${mine}" is not allowed to modify node "${other}"`);
  const trusted = await label(mine, "node-restriction.kubernetes.io/e2e");
  expect(trusted.message).toContain("is not allowed to modify labels");
  expect([onOther.code, trusted.code]).toEqual([403, 403]);
  const secrets = { method: "GET", path: "/api/v1/namespaces/kube-system/secrets" };
  expect((await asKubelet(cluster, mine, secrets)).code).toBe(403);
}
