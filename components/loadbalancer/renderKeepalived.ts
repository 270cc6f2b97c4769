import type { ClusterPlan, LoadBalancerPlan } from "../../plan/clusterPlan.ts";
import { putFile, type StepScript } from "../remote/script.ts";
import { renderUnit, restarts } from "../remote/unit.ts";
import { keepalivedPaths } from "./paths.ts";
import { haproxyIsHealthy } from "./renderHaproxy.ts";

/** https://www.keepalived.org/manpage.html */
function keepalivedConfig(
  plan: ClusterPlan,
  balancer: LoadBalancerPlan,
  node: LoadBalancerPlan["nodes"][number],
): string {
  const { takeoverIntervalSeconds, takeoverCheckSeconds, haproxyIntervalSeconds } = balancer.times;
  const others = balancer.nodes.filter(({ name }) => name !== node.name);
  const place = balancer.nodes.findIndex(({ name }) => name === node.name);
  const peers = others.map(({ name, address }) => `    ${address} # ${name}\n`).join("");
  return `global_defs {
  router_id ${node.name}
  enable_script_security
  script_user nobody
}

# The name of the network card that has this node's address: $CARD.
include ${keepalivedPaths.card}

vrrp_script haproxy {
  script ${keepalivedPaths.check}
  interval ${haproxyIntervalSeconds}
  timeout ${takeoverCheckSeconds + 1}
  fall 2
  rise 2
}

vrrp_instance api {
  state BACKUP
  interface $CARD
  virtual_router_id ${balancer.routerId}
  priority ${200 - place}
  advert_int ${takeoverIntervalSeconds}
  # Who has the address keeps it as long as it serves: a balancer that comes back moves nothing.
  nopreempt
  unicast_src_ip ${node.address}
${others.length === 0 ? "" : `  unicast_peer {\n${peers}  }\n`}  virtual_ipaddress {
    ${balancer.address}/${plan.network.prefix}
  }
  track_script {
    haproxy
  }
}
`;
}

export function renderKeepalived(
  plan: ClusterPlan,
  balancer: LoadBalancerPlan,
  node: LoadBalancerPlan["nodes"][number],
): StepScript {
  const paths = keepalivedPaths;
  const unit = renderUnit({
    Unit: {
      Description: "keepalived: the address that the load balancers share",
      Documentation: "man:keepalived(8)",
      Wants: "network-online.target",
      After: ["network-online.target", "haproxy.service"],
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "simple",
      ExecStart: `${paths.program} --dont-fork --log-console --use-file ${paths.config}`,
      ExecReload: "/bin/kill -HUP $MAINPID",
      ...restarts,
    },
  });
  return {
    name: "keepalived",
    create: `# keepalived: of the load balancers, one at a time has ${balancer.address}; another takes it when that one's haproxy fails.
[[ -x ${paths.program} ]] || fail "${paths.program} is missing, and nothing is installed by a package manager here; use an image that has it, or install it"
card=$(ip -oneline -4 address show to ${node.address}); card=$(awk '{ print $2; exit }' <<<"$card")
[[ -n $card ]] || fail "no network card of this machine has the node's address ${node.address}"
put 644 root:root ${paths.card} <<END
\\$CARD=$card
END
${putFile(paths.check, `#!/bin/sh\nexec ${haproxyIsHealthy(balancer.times)}\n`, "755")}
${putFile(paths.config, keepalivedConfig(plan, balancer, node), "600")}
${putFile(paths.unit, unit)}
healthy() { systemctl --quiet is-active keepalived.service; }
reload=yes converge keepalived.service 60 healthy ${[paths.config, paths.card, paths.check].join(" ")}
`,
    delete: `remove_unit keepalived.service
rm -f ${[paths.config, paths.card, paths.check].join(" ")}
`,
  };
}
