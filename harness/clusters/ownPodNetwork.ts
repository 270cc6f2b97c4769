import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { images } from "../../model/versions.ts";
import type { MachinesLab } from "../machines/machinesLab.ts";

const namespace = "own-network";
const labels = { app: "own-network" };

/**
 * Writes the bridge's configuration and the routes to other nodes' pods, like any pod network's
 * installer. The image is agnhost, which has no shell, so the node's shell is mounted.
 */
const install = (addresses: readonly string[], pods: string) => `set -eu
network() { echo "${pods.replace(/\.\d+\.\d+\/16$/, "")}.\${1##*.}.0/24"; }
for other in ${addresses.join(" ")}; do
  [[ $other == "$NODE_ADDRESS" ]] || ip route replace "$(network "$other")" via "$other"
done
cat >/etc/cni/net.d/05-own.conflist.new <<CONFIG
{
  "cniVersion": "1.0.0",
  "name": "own",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "own0",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "ranges": [[{ "subnet": "$(network "$NODE_ADDRESS")" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
CONFIG
mv /etc/cni/net.d/05-own.conflist.new /etc/cni/net.d/05-own.conflist
exec /agnhost pause
`;

/** The manifests of a custom pod network for these nodes, in the order to apply them. */
export async function ownPodNetwork(
  lab: MachinesLab,
  addresses: readonly string[],
  pods: string,
): Promise<string[]> {
  const metadata = { name: "install", namespace };
  const fromNode = ["/usr", "/lib", "/lib64", "/etc/cni/net.d"];
  const volumes = fromNode.map((path) => ({ name: path.replace(/\W/g, ""), path }));
  const container = {
    name: "install",
    image: images.agnhost,
    command: ["/usr/bin/bash", "/script/install.sh"],
    env: [
      { name: "NODE_ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
      { name: "PATH", value: "/usr/sbin:/usr/bin" },
    ],
    securityContext: { capabilities: { add: ["NET_ADMIN"] } },
    volumeMounts: [
      ...volumes.map(({ name, path }) => ({
        name,
        mountPath: path,
        readOnly: path !== "/etc/cni/net.d",
      })),
      { name: "script", mountPath: "/script" },
    ],
  };
  const files = {
    "1-script.yaml": [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata,
        data: { "install.sh": install(addresses, pods) },
      },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ],
    "2-install.yaml": [
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata,
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              hostNetwork: true,
              tolerations: [{ operator: "Exists" }],
              terminationGracePeriodSeconds: 1,
              containers: [container],
              volumes: [
                ...volumes.map(({ name, path }) => ({ name, hostPath: { path } })),
                { name: "script", configMap: { name: metadata.name } },
              ],
            },
          },
        },
      },
    ],
  };
  const written = Object.entries(files).map(async ([name, objects]) => {
    const path = join(lab.directory, name);
    await writeFile(path, objects.map((object) => stringify(object)).join("---\n"));
    return path;
  });
  return Promise.all(written);
}
