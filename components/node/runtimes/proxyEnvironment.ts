import type { ClusterPlan } from "../../../plan/clusterPlan.ts";
import type { Section } from "../../remote/unit.ts";

/** A runtime pulls through the proxy, where the lab has one; what is inside the lab it reaches without. */
export function proxyEnvironment({ outside: { proxy } }: ClusterPlan): Section {
  if (proxy === undefined) return {};
  const { url, direct } = proxy;
  return { Environment: [`HTTP_PROXY=${url}`, `HTTPS_PROXY=${url}`, `NO_PROXY=${direct}`] };
}
