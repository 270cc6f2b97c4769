import type { Lab } from "../model/lab.ts";
import { digest } from "../model/names.ts";
import type { Role } from "../model/roles.ts";
import type { FrontendPlan, LoadBalancerPlan, LoadBalancerTimes } from "./clusterPlan.ts";

/** @param apiPort the port of the API servers and of the load balancers */
export function planLoadBalancer(
  lab: Lab,
  apiPort: number,
  times: LoadBalancerTimes,
): LoadBalancerPlan | undefined {
  const withRole = (role: Role) =>
    lab.nodes
      .filter(({ roles }) => roles.includes(role))
      .map(({ name, address }) => ({ name, address: String(address) }));
  const nodes = withRole("load-balancer");
  const [first] = nodes;
  if (first === undefined) return undefined;
  const ingress = (
    name: FrontendPlan["name"],
    port: number,
    serverPort: number | undefined,
  ): FrontendPlan[] =>
    serverPort === undefined ? [] : [{ name, port, servers: withRole("worker"), serverPort }];
  return {
    address: String(lab.api.address ?? first.address),
    shared: lab.api.address !== undefined,
    nodes,
    routerId: (Number.parseInt(digest(`vrrp/${lab.name}`).slice(0, 8), 16) % 255) + 1,
    times,
    frontends: [
      {
        name: "kube-apiserver",
        port: apiPort,
        servers: withRole("control-plane"),
        serverPort: apiPort,
      },
      ...ingress("ingress-http", 80, lab.ingress.http),
      ...ingress("ingress-https", 443, lab.ingress.https),
    ],
  };
}
