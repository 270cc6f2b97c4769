import { execa } from "execa";
import { expect } from "vitest";
import { messageOf } from "../../../base/errors.ts";
import type { Cluster } from "../../../harness/clusters/cluster.ts";
import { type ProbePod, probeNamespace, probePods } from "./probe.ts";

interface Dialled {
  readonly responses?: string[];
  readonly errors?: string[];
}

/**
 * `from` requests the host name of `host` `tries` times. The request is sent through the API
 * server.
 */
async function dial(
  cluster: Cluster,
  from: ProbePod,
  { host, port, tries = 1 }: { host: string; port: number; tries?: number },
): Promise<Dialled> {
  const query = new URLSearchParams({
    host,
    port: String(port),
    protocol: "http",
    request: "hostname",
    tries: String(tries),
  });
  const path = `/api/v1/namespaces/${probeNamespace}/pods/${from.name}:8080/proxy/dial`;
  return JSON.parse(
    await cluster.kubectl(["get", "--raw", `${path}?${query.toString()}`]),
  ) as Dialled;
}

/** Checks that every pod reaches every pod by address, on the same and on other nodes. */
export async function expectPodsReachPods(cluster: Cluster): Promise<void> {
  const pods = await probePods(cluster);
  expect(pods.map(({ node }) => node)).toEqual(cluster.nodes.map(({ name }) => name).sort());
  const pairs = pods.flatMap((from) => pods.map((to) => ({ from, to })));
  const seen: string[] = [];
  // One at a time: six nodes have 36 pairs, and as many parallel TLS handshakes block emulated API
  // servers.
  for (const { from, to } of pairs) {
    const { responses, errors } = await dial(cluster, from, { host: to.address, port: 8080 });
    seen.push(`${from.node} to ${to.node}: ${responses?.join() ?? errors?.join()}`);
  }
  expect(seen).toEqual(pairs.map(({ from, to }) => `${from.node} to ${to.node}: ${to.name}`));
}

/**
 * Waits until every pod reaches each pod behind a Service, by the Service's address and by its
 * name. Each node's kube-proxy receives a newly ready pod at its own time.
 */
export async function expectServicesLeadToPods(cluster: Cluster, seconds = 30): Promise<void> {
  await expect
    .poll(() => servicesLeadToPods(cluster).then(() => "well", messageOf), {
      timeout: seconds * 1000,
    })
    .toBe("well");
}

async function servicesLeadToPods(cluster: Cluster): Promise<void> {
  const pods = await probePods(cluster);
  const get = ["get", "service", "probe", "--namespace", probeNamespace];
  const address = await cluster.kubectl([...get, "--output", "jsonpath={.spec.clusterIP}"]);
  const all = pods.map(({ name }) => name).sort();
  const hosts = [address, "probe", `probe.${probeNamespace}.svc.cluster.local`];
  for (const from of pods) {
    for (const host of hosts) {
      // The pod is chosen randomly: one of three is missed in 40 tries once in 10 million runs.
      const { responses, errors } = await dial(cluster, from, { host, port: 80, tries: 40 });
      const seen = [...new Set(responses)].sort();
      expect({ from: from.node, host, seen, errors }).toEqual({
        from: from.node,
        host,
        seen: all,
        errors: undefined,
      });
    }
  }
}

/**
 * Checks that `url` leads from outside the cluster to a Service's NodePort, and so to each of its
 * pods.
 */
export async function expectWayIn(cluster: Cluster, url: string, nodePort: number): Promise<void> {
  const pods = await probePods(cluster);
  const spec = { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort }] };
  const patch = ["patch", "service", "probe", "--patch", JSON.stringify({ spec })];
  await cluster.kubectl([...patch, "--namespace", probeNamespace]);
  const answers = async (count: number) => {
    const command = ["curl", "--silent", "--max-time", "5", `${url}/hostname`];
    const asked = Array.from({ length: count }, () => cluster.exec(command));
    return [...new Set((await Promise.all(asked)).map(({ stdout }) => stdout))].sort();
  };
  // The load balancers check the NodePorts every two seconds.
  await expect.poll(() => answers(1), { timeout: 60_000 }).not.toEqual([""]);
  expect(await answers(40)).toEqual(pods.map(({ name }) => name).sort());
}

/**
 * Checks that the cluster's DNS resolves a name for pods on every node, and reports unknown names.
 * The name is a Service's, which is requested until each node's kube-proxy has received its pods.
 */
export async function expectDnsAnswers(cluster: Cluster, seconds = 30): Promise<void> {
  const wait = ["wait", "--for=condition=Available", "--timeout=240s", "deployment/coredns"];
  await cluster.kubectl([...wait, "--namespace", "kube-system"]);
  for (const from of await probePods(cluster)) {
    const known = () => dial(cluster, from, { host: `probe.${probeNamespace}.svc`, port: 80 });
    await expect
      .poll(known, { timeout: seconds * 1000 })
      .toEqual({ responses: [expect.stringMatching(/^probe-/)] });
    const [command, ...args] = cluster.kubectlCommand;
    const connect = ["/agnhost", "connect", "--timeout", "10s"];
    const absent = `absent.${probeNamespace}.svc.cluster.local.:80`;
    const inPod = ["exec", "--namespace", probeNamespace, from.name, "--"];
    const unknown = await execa(command, [...args, ...inPod, ...connect, absent], {
      reject: false,
    });
    expect(unknown.stderr).toMatch(/^DNS: lookup absent\..* no such host/);
  }
}
