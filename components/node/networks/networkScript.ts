import type { Ipv4Network } from "../../../model/addresses.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/clusterPlan.ts";
import { podNetworkRules } from "./paths.ts";
import type { NodeNetwork } from "./podNetwork.ts";

/** The script restores missing routes and rules within this time, in seconds. */
const intervalSeconds = 10;

/**
 * The script of `hardway-pod-network.service`: it creates the node's routes and rules, and
 * recreates those that a lost link, a network restart or a firewall reload removes. kube-proxy in
 * its nftables mode rewrites all of its rules only once an hour, so it is restarted without them.
 */
export function networkScript(plan: ClusterPlan, node: NodePlan, network: NodeNetwork): string {
  const { pods, proxy } = plan.network;
  return `#!/bin/bash
# ${network.description}, on ${node.name}. Every ${intervalSeconds} s what is missing is made again.
set -uo pipefail

rules() { nft --file ${podNetworkRules}; }
has_rules() { [[ $tables == *"table ip hardway-pod-network"* ]]; }

${network.functions(node)}
# A firewall or Docker may drop all forwarded packets; pods' packets are forwarded.
drops_forwarded() { command -v iptables >/dev/null && [[ $(iptables --wait -S FORWARD 2>/dev/null) == "-P FORWARD DROP"* ]]; }
forward() {
${forwardRules(pods)
  .map(
    (rule) =>
      `  iptables --wait --check FORWARD ${rule} 2>/dev/null || iptables --wait --insert FORWARD ${rule}\n`,
  )
  .join("")}}

rules && routes || exit
systemd-notify --ready
had_proxy=no
while sleep ${intervalSeconds}; do
  tables=$(nft list tables)
  has_rules || { rules && echo "made the missing rules again"; }
  has_routes || { routes && echo "made the missing routes again"; }
  ! drops_forwarded || forward
${proxy === "nftables" ? restartProxy : ""}done
`;
}

/** iptables' rules that let pods' packets through a FORWARD chain which drops by default. */
export const forwardRules = (pods: Ipv4Network): string[] =>
  ["source", "destination"].map((end) => `--${end} ${pods} --jump ACCEPT`);

const restartProxy = `  if [[ $tables == *"table ip kube-proxy"* ]]; then
    had_proxy=yes
  elif [[ $had_proxy == yes ]]; then
    had_proxy=no
    systemctl try-restart kube-proxy.service && echo "restarted kube-proxy, whose rules were missing"
  fi
`;
