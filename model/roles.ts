/** The roles of a node, in any combination. */
export const roleNames = ["control-plane", "worker", "etcd", "load-balancer"] as const;
export type Role = (typeof roleNames)[number];

export function isControlPlane(node: { readonly roles: readonly Role[] }): boolean {
  return node.roles.includes("control-plane");
}

/** Whether a node runs a kubelet, and so pods. etcd members and load balancers alone do not. */
export function isKubernetesNode(node: { readonly roles: readonly Role[] }): boolean {
  return isControlPlane(node) || node.roles.includes("worker");
}

/**
 * Whether a node is tainted for the control plane; a control plane that is also a worker is not.
 */
export function isControlPlaneAlone(node: { readonly roles: readonly Role[] }): boolean {
  return isControlPlane(node) && !node.roles.includes("worker");
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/ */
export const controlPlaneTaint = {
  key: "node-role.kubernetes.io/control-plane",
  effect: "NoSchedule",
} as const;

/** The etcd members: nodes with that role or, if there are none, the control planes. */
export function etcdNodes<N extends { readonly roles: readonly Role[] }>(nodes: readonly N[]): N[] {
  const own = nodes.filter(({ roles }) => roles.includes("etcd"));
  return own.length > 0 ? own : nodes.filter(isControlPlane);
}
