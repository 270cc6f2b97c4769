import { expect } from "vitest";
import { stringify } from "yaml";
import { type Cluster, list } from "../../../harness/clusters/cluster.ts";
import { images, versions } from "../../../model/versions.ts";
import { probeNamespace } from "./probe.ts";

type Runtime = "containerd" | "cri-o";

/** Each runtime's name, processes and enabled unit on a node. */
const signs = {
  containerd: {
    version: `containerd://${versions.containerd.replace(/^v/, "")}`,
    processes: "containerd containerd-shim",
    unit: "containerd.service",
  },
  "cri-o": {
    version: `cri-o://${versions.crio.replace(/^v/, "")}`,
    processes: "conmon crio",
    unit: "crio.service",
  },
} as const;

interface NodeObject {
  metadata: { name: string };
  status: { nodeInfo: { containerRuntimeVersion: string } };
}

/**
 * Waits until every node runs only this runtime, according to its Node, processes, units and
 * crictl. After a change, the API lists the old pods as ready until the new kubelet has checked
 * them.
 */
export async function expectRuntimes(
  cluster: Cluster,
  wanted: Readonly<Record<string, Runtime>>,
): Promise<void> {
  await expect
    .poll(() => runtimesFound(cluster), { timeout: 120_000, interval: 1000 })
    .toEqual(
      Object.entries(wanted).map(([name, runtime]) => ({
        name,
        ...signs[runtime],
        asked: runtime,
      })),
    );
}

async function runtimesFound(cluster: Cluster) {
  const objects = await list<NodeObject>(cluster, ["nodes"]);
  const found = objects.map(async ({ metadata: { name }, status }) => {
    const show = (command: string) => cluster.ssh(name, command).then(({ stdout }) => stdout);
    const processes = await show(
      "ps -e -o comm= | grep -E '^(containerd|crio$|conmon$)' | sort -u",
    );
    return {
      name,
      version: status.nodeInfo.containerRuntimeVersion,
      // The kernel truncates containerd-shim-runc-v2.
      processes: processes.replaceAll("\n", " ").replace(/containerd-shim\S*/, "containerd-shim"),
      unit: await show(
        "cd /etc/systemd/system && ls -d containerd.service crio.service 2>/dev/null",
      ),
      asked: await show("sudo crictl version | sed -n 's/^RuntimeName: *//p'"),
    };
  });
  return Promise.all(found);
}

/**
 * Checks that non-root users may bind the DNS port on these nodes, because CoreDNS may run on any.
 */
export async function expectLowPorts(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const pods = nodes.map((nodeName) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `low-port-${nodeName}`, namespace: probeNamespace },
    spec: {
      nodeName,
      containers: [
        {
          name: "agnhost",
          image: images.agnhost,
          args: ["netexec", "--http-port=53", "--udp-port=-1"],
          readinessProbe: { httpGet: { path: "/hostname", port: 53 }, periodSeconds: 1 },
          securityContext: {
            runAsUser: 65_532,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  }));
  const input = pods.map((pod) => stringify(pod)).join("---\n");
  await cluster.kubectl(["apply", "--filename", "-"], { input });
  const wait = ["wait", "--for=condition=Ready", "--timeout=60s", "--namespace", probeNamespace];
  await cluster.kubectl([...wait, ...pods.map(({ metadata }) => `pod/${metadata.name}`)]);
  await cluster.kubectl(["delete", "--now", "--filename", "-"], { input });
}
