import type { Cluster } from "./cluster.ts";
import type { ProviderConfig } from "./providerConfig.ts";

/** The context of every operation on an object. */
export interface KubernetesContext {
  readonly config: ProviderConfig;
  /** The namespace of objects that do not name theirs. */
  readonly defaultNamespace: string;
  /** Connects with the first request. */
  readonly cluster: Cluster;
}
