import type { NodePlan } from "../../../../plan/clusterPlan.ts";
import { podNetworkRules, routeProtocol } from "../paths.ts";
import type { PodNetwork } from "../podNetwork.ts";

/** Plain routes to the pods of every other node; all nodes share one network. */
export const routesNetwork: PodNetwork = {
  kernelModules: [],
  interfaces: ["cni0"],
  bridge: {},
  nodeNetwork: { description: "Routes to the pods of other nodes", script: routesScript },
  beforeReady: () => "",
};

function routesScript(node: NodePlan): string {
  const wanted = node.podRoutes.map(
    ({ node: name, network, via }) => `${network} via ${via} # ${name}\n`,
  );
  return `#!/bin/bash
# Routes from ${node.name} to the pods of every other node. Routes of this program that are not listed are removed.
set -euo pipefail
nft --file ${podNetworkRules}
wanted=' '
while read -r network via address _; do
  ip route replace "$network" "$via" "$address" proto ${routeProtocol}
  wanted+="$network "
done <<'ROUTES'
${wanted.join("")}ROUTES
ip -oneline route show proto ${routeProtocol} | while read -r network _; do
  [[ $wanted == *" $network "* ]] || ip route delete "$network" proto ${routeProtocol}
done
`;
}
