import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { type ComponentFile, file, type Program, tool } from "../../remote/component.ts";
import type { BridgeSettings } from "../networks/podNetwork.ts";
import { podNetworkOf } from "../networks/podNetworkOf.ts";
import { runtimePaths } from "../paths.ts";

/** The CNI plugins that the pod network needs. */
const cniPlugins = ["bridge", "host-local", "loopback", "portmap"];

/** The tools that every runtime uses: the pod network's plugins, runc, and crictl. */
export const runtimeTools = ({ artifacts }: ClusterPlan): Program[] => [
  tool(
    artifacts["cni-plugins"],
    Object.fromEntries(
      cniPlugins.map((plugin) => [plugin, `${runtimePaths.cniPlugins}/${plugin}`]),
    ),
  ),
  tool(artifacts.runc, { runc: runtimePaths.runc }),
  tool(artifacts.crictl, { crictl: runtimePaths.crictl }),
];

/** Directories that are removed with the runtime; the first holds the links to the plugins. */
export const runtimeLeaves = [runtimePaths.cniPlugins, "/var/lib/cni"];

/**
 * The pod network's CNI config and crictl's config.
 *
 * @param runtime the runtime's name in a sentence
 */
export function runtimeFiles(
  plan: ClusterPlan,
  node: NodePlan,
  runtime: string,
): ComponentFile<never>[] {
  const { bridge } = podNetworkOf(plan);
  return [
    ...(bridge === undefined
      ? []
      : [
          file(runtimePaths.cniConfig, bridgeNetwork(node, bridge), {
            mode: "600",
            onChange: "nothing",
            comment: `${runtime} watches this file's directory, and reads the file again when it is moved there.`,
          }),
        ]),
    // crictl's default timeout is two seconds; a busy emulated machine takes longer to answer.
    file(runtimePaths.crictlConfig, crictlConfig(node), { onChange: "nothing" }),
  ];
}

const crictlConfig = ({ runtime }: NodePlan): string => `runtime-endpoint: unix://${runtime.socket}
image-endpoint: unix://${runtime.socket}
# seconds
timeout: 60
`;

/** A bridge on the node that all its pods are attached to, with addresses from the node's /24. */
function bridgeNetwork(node: NodePlan, { mtu }: BridgeSettings): string {
  return JSON.stringify(
    {
      cniVersion: "1.0.0",
      name: "hardway",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          ...(mtu === undefined ? {} : { mtu }),
          // The node's masquerade rule does that: it covers all pod networks, the bridge only its
          // own.
          ipMasq: false,
          // Lets a pod reach itself through its own Service.
          hairpinMode: true,
          ipam: {
            type: "host-local",
            ranges: [[{ subnet: node.podNetwork }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

/** The lines that remove the pod network's interfaces and files from the node. */
export const removePodNetwork = (plan: ClusterPlan): string =>
  podNetworkOf(plan)
    .interfaces.map((name) => `ip link delete ${name} 2>/dev/null || true\n`)
    .join("");

/** The registries of the lab's own images, which are all that its mirror has. */
export const imageRegistries = ({ images }: ClusterPlan): string[] => [
  ...new Set(Object.values(images).map((ref) => ref.replace(/\/.*$/, ""))),
];
