import { execa } from "execa";
import { expect } from "vitest";
import { stringify } from "yaml";
import { type Cluster, list, workersOf } from "../../../harness/clusters/cluster.ts";
import { webServer } from "./probe.ts";

const namespace = "budget";
const inNamespace = ["--namespace", namespace];
const labels = { app: "guarded" };
const metadata = { name: "guarded", namespace };

/**
 * Two pods, one of which may be missing at a time. A new pod needs 3 s to become ready, which is
 * long enough to notice that both are missing.
 */
const manifests = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              ...webServer,
              readinessProbe: {
                httpGet: { path: "/hostname", port: 8080 },
                initialDelaySeconds: 3,
                periodSeconds: 1,
              },
            },
          ],
        },
      },
    },
  },
];

/**
 * A Deployment keeps the pods of its budget while `leave` removes a node, and then runs elsewhere.
 */
export async function expectBudgetHonoured(
  cluster: Cluster,
  leaving: string,
  leave: () => Promise<void>,
): Promise<void> {
  const others = workersOf(cluster)
    .map(({ name }) => name)
    .filter((name) => name !== leaving);
  const input = manifests.map((manifest) => stringify(manifest)).join("---\n");
  const rollout = ["rollout", "status", "deployment/guarded", "--timeout=120s", ...inNamespace];
  const podNodes = async () => {
    const pods = await list<{ spec: { nodeName: string } }>(cluster, ["pods", ...inNamespace]);
    return pods.map(({ spec }) => spec.nodeName);
  };
  await cluster.kubectl(["cordon", ...others]);
  await cluster.kubectl(["apply", "--filename", "-"], { input });
  await cluster.kubectl(rollout);
  expect(await podNodes()).toEqual([leaving, leaving]);
  await cluster.kubectl(["uncordon", ...others]);

  const [command, ...fixed] = cluster.kubectlCommand;
  const available = 'jsonpath={.status.availableReplicas}{"\\n"}';
  const get = ["get", "deployment", "guarded", ...inNamespace, "--watch", "--output", available];
  const watch = execa(command, [...fixed, ...get], { reject: false });
  try {
    await leave();
    await cluster.kubectl(rollout);
  } finally {
    watch.kill();
  }
  // The API omits a count of 0.
  const seen = (await watch).stdout.split("\n").map(Number);
  expect([...new Set(seen)].sort()).toEqual([1, 2]);
  expect((await podNodes()).filter((node) => node === leaving)).toEqual([]);
  await cluster.kubectl(["delete", "namespace", namespace]);
}
