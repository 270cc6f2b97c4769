import type { NodePlan } from "../../../../plan/clusterPlan.ts";
import { routeProtocol } from "../paths.ts";
import type { PodNetwork } from "../podNetwork.ts";

/** Plain routes to the pods of every other node; all nodes share one network. */
export const routesNetwork: PodNetwork = {
  kernelModules: [],
  interfaces: ["cni0"],
  bridge: {},
  nodeNetwork: { description: "Routes to the pods of other nodes", functions: routesFunctions },
  beforeReady: () => "",
};

function routesFunctions(node: NodePlan): string {
  const wanted = node.podRoutes.map(
    ({ node: name, network, via }) => `${network} via ${via} # ${name}\n`,
  );
  return `# Routes to the pods of every other node. Routes of this program that are not listed are removed.
wanted=$(sed 's/ #.*//' <<'ROUTES' | sort
${wanted.join("")}ROUTES
)
present() { ip -oneline route show proto ${routeProtocol} | awk '{ print $1, $2, $3 }' | sort; }
has_routes() { [[ $(present) == "$wanted" ]]; }
routes() {
  local network via address
  while read -r network via address; do
    [[ -z $network ]] || ip route replace "$network" "$via" "$address" proto ${routeProtocol} || return
  done <<<"$wanted"
  present | while read -r network via address; do
    [[ $'\\n'$wanted$'\\n' == *$'\\n'"$network $via $address"$'\\n'* ]] || ip route delete "$network" proto ${routeProtocol}
  done
}
`;
}
