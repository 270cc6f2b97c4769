import type { Cluster } from "./cluster.ts";
import type { ProviderConfig } from "./providerConfig.ts";

/** What every operation on an object needs. */
export interface KubernetesContext {
  readonly config: ProviderConfig;
  /** For objects that have a namespace and name none. */
  readonly defaultNamespace: string;
  /** Not reached before the first request. */
  readonly cluster: Cluster;
}
