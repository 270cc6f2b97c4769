import type { ClusterNode } from "../harness/clusters/cluster.ts";

/** A cluster whose creation is measured. */
export interface Shape {
  readonly title: string;
  /** Addresses of one /24. */
  readonly nodes: readonly ClusterNode[];
  readonly api?: { readonly address: string };
}

/** Names and addresses from 1 on: `worker-1` at 10.17.0.21. */
function pool(name: string, role: string, count: number, firstAddress: number): ClusterNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${name}-${index + 1}`,
    address: `10.17.0.${firstAddress + index}`,
    roles: [role],
  }));
}

const controlPlanes = (count: number) => pool("control", "control-plane", count, 11);
const workers = (count: number) => pool("worker", "worker", count, 21);
const balancers = pool("lb", "load-balancer", 2, 31);

/** The others are compared with the first one. */
export const shapes: readonly Shape[] = [
  { title: "1 control plane, 1 worker", nodes: [...controlPlanes(1), ...workers(1)] },
  { title: "1 control plane, 3 workers", nodes: [...controlPlanes(1), ...workers(3)] },
  { title: "1 control plane, 5 workers", nodes: [...controlPlanes(1), ...workers(5)] },
  {
    title: "`ha`: 3 control planes, 2 load balancers, 3 workers",
    nodes: [...controlPlanes(3), ...workers(3), ...balancers],
    api: { address: "10.17.0.10" },
  },
];
