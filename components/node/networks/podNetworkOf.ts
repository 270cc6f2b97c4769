import type { ClusterPlan } from "../../../plan/clusterPlan.ts";
import { flannelNetwork } from "./flannel/flannelNetwork.ts";
import { noNetwork } from "./none/noNetwork.ts";
import type { PodNetwork } from "./podNetwork.ts";
import { routesNetwork } from "./routes/routesNetwork.ts";

/** The lab's kind of pod network. */
export function podNetworkOf({ network: { podNetwork } }: ClusterPlan): PodNetwork {
  switch (podNetwork.kind) {
    case "routes":
      return routesNetwork;
    case "flannel":
      return flannelNetwork(podNetwork.vxlan);
    case "none":
      return noNetwork;
  }
}
