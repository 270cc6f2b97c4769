/** What a node does in the cluster, in any combination. */
export const roleNames = ["control-plane", "worker", "etcd", "load-balancer"] as const;
export type Role = (typeof roleNames)[number];

export function isControlPlane(node: { readonly roles: readonly Role[] }): boolean {
  return node.roles.includes("control-plane");
}

/** Whether it is a node to Kubernetes: it runs a kubelet, and pods. Members of etcd and load balancers alone are none. */
export function isKubernetesNode(node: { readonly roles: readonly Role[] }): boolean {
  return isControlPlane(node) || node.roles.includes("worker");
}

/** Whether it is for the control plane alone: the scheduler sends nobody's pods there. One that is a worker too takes any. */
export function isControlPlaneAlone(node: { readonly roles: readonly Role[] }): boolean {
  return isControlPlane(node) && !node.roles.includes("worker");
}

/** What keeps pods away from such a node. https://kubernetes.io/docs/reference/labels-annotations-taints/ */
export const controlPlaneTaint = {
  key: "node-role.kubernetes.io/control-plane",
  effect: "NoSchedule",
} as const;

/** The members of etcd: the nodes with that role, or else the control planes. */
export function etcdNodes<N extends { readonly roles: readonly Role[] }>(nodes: readonly N[]): N[] {
  const own = nodes.filter(({ roles }) => roles.includes("etcd"));
  return own.length > 0 ? own : nodes.filter(isControlPlane);
}
