import type { ClusterPlan } from "../../../plan/clusterPlan.ts";
import type { Section } from "../../remote/unit.ts";

/**
 * A runtime pulls through the proxy, if the lab has one, and connects directly to addresses inside
 * the lab.
 */
export function proxyEnvironment({ outside: { proxy } }: ClusterPlan): Section {
  if (proxy === undefined) return {};
  const { url, direct } = proxy;
  return { Environment: [`HTTP_PROXY=${url}`, `HTTPS_PROXY=${url}`, `NO_PROXY=${direct}`] };
}
