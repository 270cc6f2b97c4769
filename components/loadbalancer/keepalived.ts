import type { ClusterPlan, LoadBalancerPlan } from "../../plan/clusterPlan.ts";
import { computed, file, nodeComponent } from "../remote/component.ts";
import { renderUnit, restarts } from "../remote/unit.ts";
import { balancerOf, haproxyIsHealthy, loadBalancerNodes } from "./haproxy.ts";
import { keepalivedPaths as paths } from "./paths.ts";

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
include ${paths.card}

vrrp_script haproxy {
  script ${paths.check}
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
    ${balancer.address}/${plan.network.nodes.prefix}
  }
  track_script {
    haproxy
  }
}
`;
}

/** keepalived on every load balancer, if they share an address. */
export const keepalived = nodeComponent({
  name: "keepalived",
  on: (plan: ClusterPlan) => (plan.loadBalancer?.shared === true ? loadBalancerNodes(plan) : []),
  after: () => ({
    haproxy: "It would give the address away again until haproxy serves.",
  }),
  install: ({ plan, node }) => {
    const balancer = balancerOf(plan);
    return {
      about: `keepalived: one load balancer at a time has ${balancer.address}; another takes it over when that one's haproxy fails.`,
      requires: [
        {
          test: `[[ -x ${paths.program} ]]`,
          otherwise: `${paths.program} is missing, and nothing is installed by a package manager here; use an image that has it, or install it`,
        },
      ],
      files: [
        computed(
          paths.card,
          `card=$(ip -oneline -4 address show to ${node.address}); card=$(awk '{ print $2; exit }' <<<"$card")
[[ -n $card ]] || fail "no network card of this machine has the node's address ${node.address}"
put 644 root:root ${paths.card} <<END
\\$CARD=$card
END
`,
        ),
        file(paths.check, `#!/bin/sh\nexec ${haproxyIsHealthy(balancer.times)}\n`, { mode: "755" }),
        file(paths.config, keepalivedConfig(plan, balancer, node), { mode: "600" }),
      ],
      unit: {
        name: "keepalived.service",
        mode: "644",
        text: keepalivedUnit,
        healthy: "systemctl --quiet is-active keepalived.service",
        withinSeconds: 60,
        reload: true,
      },
    };
  },
});

const keepalivedUnit = renderUnit({
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
