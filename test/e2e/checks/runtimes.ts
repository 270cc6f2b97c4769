import { expect } from "vitest";
import { stringify } from "yaml";
import { type Cluster, list } from "../../../harness/clusters/cluster.ts";
import { images, versions } from "../../../model/versions.ts";
import { probeNamespace } from "./probe.ts";

type Runtime = "containerd" | "cri-o";

/** What each runtime is on a node: how it calls itself, its processes, and the unit that is enabled. */
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
 * Within two minutes every node runs this runtime and not the other: so its Node says, its processes, its units, and crictl. A
 * node that was changed has its pods from before, which the API calls ready until its new kubelet has looked.
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
      // The kernel cuts containerd-shim-runc-v2 off.
      processes: processes.replaceAll("\n", " ").replace(/containerd-shim\S*/, "containerd-shim"),
      unit: await show(
        "cd /etc/systemd/system && ls -d containerd.service crio.service 2>/dev/null",
      ),
      asked: await show("sudo crictl version | sed -n 's/^RuntimeName: *//p'"),
    };
  });
  return Promise.all(found);
}

/** On each of these nodes, who is not root may listen at the DNS's port: CoreDNS is placed on any node. */
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
