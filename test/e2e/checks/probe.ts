import { stringify } from "yaml";
import { type Cluster, list } from "../../../harness/clusters/cluster.ts";
import { images } from "../../../model/versions.ts";

export const probeNamespace = "e2e";
export const probeNodePort = 30081;
const labels = { app: "probe" };
const metadata = { name: "probe", namespace: probeNamespace, labels };

/** A container that serves HTTP on port 8080: its host name at /hostname, and a client at /dial. */
export const webServer = {
  name: "agnhost",
  image: images.agnhost,
  args: ["netexec", "--http-port=8080", "--udp-port=-1"],
};

/** A web server on every node, including control planes, behind a Service. */
const manifests = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: probeNamespace } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "NodePort",
      selector: labels,
      ports: [{ port: 80, targetPort: 8080, nodePort: probeNodePort }],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              ...webServer,
              // A busy emulated machine may need seconds for a response.
              readinessProbe: {
                httpGet: { path: "/hostname", port: 8080 },
                periodSeconds: 1,
                timeoutSeconds: 5,
              },
            },
          ],
        },
      },
    },
  },
];

export interface ProbePod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly address: string;
  /** The last start of its container. */
  readonly startedAt: string;
  readonly restarts: number;
}

interface PodObject {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { nodeName: string };
  status: {
    podIP: string;
    containerStatuses: { restartCount: number; state: { running?: { startedAt: string } } }[];
  };
}

/** Waits until the probe is ready on every node. */
export async function deployProbe(cluster: Cluster, seconds?: number): Promise<ProbePod[]> {
  const input = manifests.map((manifest) => stringify(manifest)).join("---\n");
  await cluster.kubectl(["apply", "--filename", "-"], { input });
  return probePods(cluster, seconds);
}

/** The probe's pods, sorted by node, once enough are ready. */
export async function probePods(cluster: Cluster, seconds = 240): Promise<ProbePod[]> {
  const rollout = ["rollout", "status", "daemonset/probe", `--timeout=${seconds}s`];
  await cluster.kubectl([...rollout, "--namespace", probeNamespace]);
  const pods = await list<PodObject>(cluster, ["pods", "--namespace", probeNamespace]);
  return pods
    .filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp === undefined)
    .map(({ metadata: { name, uid }, spec, status }) => ({
      name,
      uid,
      node: spec.nodeName,
      address: status.podIP,
      startedAt: status.containerStatuses[0]?.state.running?.startedAt ?? "",
      restarts: status.containerStatuses[0]?.restartCount ?? 0,
    }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}
