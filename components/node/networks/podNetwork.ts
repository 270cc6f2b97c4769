import type { NodePlan } from "../../../plan/clusterPlan.ts";

/**
 * A kind of pod network: everything that differs on nodes because of it. The class Cluster installs
 * further components (flanneld).
 */
export interface PodNetwork {
  /** Loaded at boot, besides those that every Node needs. */
  readonly kernelModules: readonly string[];
  /** Interfaces that are removed with the node's runtime. */
  readonly interfaces: readonly string[];
  /**
   * The bridge that all pods of a node are attached to; unset if manifests install the CNI config.
   */
  readonly bridge?: BridgeSettings;
  /** How pods leave the node, at every boot; unset if manifests configure that too. */
  readonly nodeNetwork?: NodeNetwork;
  /** Lines of the node step before it waits for Ready. */
  readonly beforeReady: (node: NodePlan) => string;
  /** The API access of its programs; unset if none of them uses the API. */
  readonly access?: PodNetworkAccess;
}

export interface PodNetworkAccess {
  /** Of both resources. */
  readonly name: string;
  readonly clusterRole: {
    readonly metadata: { readonly name: string };
    readonly rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  };
  readonly clusterRoleBinding: {
    readonly metadata: { readonly name: string };
    readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
    readonly subjects: { apiGroup: string; kind: string; name: string }[];
  };
}

export interface BridgeSettings {
  /** The largest packet of a pod, in bytes; unset for that of the node's card. */
  readonly mtu?: number;
}

export interface NodeNetwork {
  /** Description of the systemd unit. */
  readonly description: string;
  /**
   * Shell functions of the script that the unit runs: `routes` makes the routes, and `has_routes`
   * succeeds if they are there.
   */
  readonly functions: (node: NodePlan) => string;
}
