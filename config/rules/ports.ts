import type { Draft } from "../messages/salvage.ts";
import type { ClusterConfig } from "../schema/clusterSchema.ts";
import type { NodeGroup } from "./nodeGroups.ts";
import { isNode } from "./nodeRules.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A range of ports as Kubernetes reads it, 80-90, 80+10 or 80; undefined if it is none
 * (k8s.io/apimachinery, pkg/util/net/port_range.go).
 */
export function portRange(text: string): PortRange | undefined {
  const [, from = "", sign, to] = /^(\d{1,5})(?:([-+])(\d{1,5}))?$/.exec(text) ?? [];
  const first = Number(from);
  const last = sign === undefined ? first : sign === "-" ? Number(to) : first + Number(to);
  return from !== "" && first >= 1 && first <= last && last <= 65_535 ? { first, last } : undefined;
}

/** A TCP or UDP port that a node listens on. */
export interface UsedPort {
  readonly port: number;
  /** As in "is the port of …". */
  readonly owner: string;
  /** On the loopback interface only. */
  readonly isLocal?: true;
  /** The key of the node's settings that sets it; else it is fixed. */
  readonly key?: "kubelet" | "host";
}

type Config = Draft<ClusterConfig>;

/** Ports that a group's nodes listen on besides those of pods and NodePorts. */
export function portsOf(config: Config, group: NodeGroup, someHaveEtcd: boolean): UsedPort[] {
  const { settings } = group;
  const { roles = [] } = settings;
  const isControlPlane = roles.includes("control-plane");
  const hasIngress = config.ingress?.http !== undefined || config.ingress?.https !== undefined;
  const local = (port: number, owner: string): UsedPort => ({ port, owner, isLocal: true });
  return [
    settings.host === undefined
      ? { port: 22, owner: "SSH" }
      : { port: settings.host.port ?? 22, owner: "SSH", key: "host" },
    ...(isNode(settings)
      ? [
          { port: kubeletPort(config, group), owner: "the kubelet", key: "kubelet" as const },
          local(10_248, "the kubelet's health"),
        ]
      : []),
    ...(isNode(settings) && config.network?.proxy !== "none"
      ? [local(10_249, "kube-proxy's metrics"), local(10_256, "kube-proxy's health")]
      : []),
    ...(isNode(settings) && config.network?.plugin === "flannel"
      ? [{ port: 8472, owner: "flannel's VXLAN" }]
      : []),
    ...(isControlPlane
      ? [
          { port: 6443, owner: "the API server" },
          local(10_257, "the controller manager"),
          local(10_259, "the scheduler"),
        ]
      : []),
    ...(roles.includes("etcd") || (isControlPlane && !someHaveEtcd)
      ? [
          { port: 2379, owner: "etcd" },
          { port: 2380, owner: "etcd" },
          local(2381, "etcd's metrics"),
        ]
      : []),
    ...(roles.includes("load-balancer")
      ? [
          ...(isControlPlane ? [] : [{ port: 6443, owner: "the load balancer" }]),
          ...(hasIngress
            ? [
                { port: 80, owner: "the load balancer" },
                { port: 443, owner: "the load balancer" },
              ]
            : []),
          local(8404, "the load balancer's health"),
        ]
      : []),
  ];
}

const kubeletPort = ({ kubelet }: Config, { settings }: NodeGroup): number => {
  const port = settings.kubelet?.port ?? kubelet?.port;
  return typeof port === "number" ? port : 10_250;
};
