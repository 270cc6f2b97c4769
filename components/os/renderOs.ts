import { authorizedKeysPath } from "../../cloudinit/authorizedKeys.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { library, libraryPath, putFile, type StepScript } from "../remote/script.ts";
import { renderUnit } from "../remote/unit.ts";
import { keysAreRead } from "./checkAuthorizedKeys.ts";
import { timerSlack, timerSlackPath } from "./timerSlack.ts";

/** Modules that pods' networks and containers' file systems need, loaded at every boot. */
const modulesOf = (plan: ClusterPlan) => [
  "br_netfilter",
  "nf_conntrack",
  "overlay",
  ...(plan.network.vxlan === undefined ? [] : ["vxlan"]),
  ...(plan.network.proxy === "ipvs" ? ["ip_vs", "ip_vs_rr", "ip_vs_sh", "ip_vs_wrr"] : []),
];

/** What the image must bring; nothing is installed by a package manager. */
const plainCommands = ["curl", "flock", "gzip", "ip", "sha256sum", "sysctl", "tar"];

const sysctls = {
  "net.bridge.bridge-nf-call-iptables": 1,
  "net.bridge.bridge-nf-call-ip6tables": 1,
  "net.ipv4.ip_forward": 1,
};

/** Which plugin the node's pod network was made with. */
const pluginRecord = "/var/lib/hardway/pod-network";

/** Marks the routes that this program made, so that it removes only its own. */
const routeProtocol = 117;

/** The words for the other steps, placed before anything can use them. Without `set -e` an older file would be read. */
export const hostPrelude = `set -e
mkdir -p ${libraryPath.replace(/\/[^/]*$/, "")}
cat >${libraryPath}.new <<'LIBRARY'
${library}LIBRARY
mv -f ${libraryPath}.new ${libraryPath}
. ${libraryPath}
`;

/** What every node is before Kubernetes: booted, with modules, forwarding, and a way to the other nodes' pods. */
export function renderHost(plan: ClusterPlan, node: NodePlan): StepScript {
  return isKubernetesNode(node) ? renderKubernetesHost(plan, node) : renderPlainHost(plan, node);
}

/** A machine that runs no pods, for etcd or a load balancer alone: it keeps its kernel's settings. */
function renderPlainHost(plan: ClusterPlan, node: NodePlan): StepScript {
  return {
    name: "host",
    create: `${"guest" in node.machine ? ofGuest(plan, node) : ""}${preflight(plainCommands)}`,
    delete: `rm -rf ${"guest" in node.machine ? `${ofGuestPaths} ` : ""}/opt/hardway /var/lib/hardway
`,
  };
}

function renderKubernetesHost(plan: ClusterPlan, node: NodePlan): StepScript {
  const isGuest = "guest" in node.machine;
  const modules = modulesOf(plan);
  // A pod network of the person's own leads pods to each other and out of the cluster by itself.
  const isOurs = plan.network.plugin !== "none";
  return {
    name: "host",
    create: `${isGuest ? ofGuest(plan, node) : ""}${preflight(kubernetesCommands(plan))}
${keepPlugin(plan)}
${putFile("/etc/modules-load.d/kubernetes.conf", `${modules.join("\n")}\n`)}modprobe --all ${modules.join(" ")} || fail "the kernel lacks a module of: ${modules.join(" ")}"

${putFile(
  "/etc/sysctl.d/90-kubernetes.conf",
  Object.entries(sysctls)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join(""),
)}sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf

# Pods that ask the node's name server must not be sent to a stub on the node's own loopback.
if [[ -e /run/systemd/resolve/resolv.conf ]]; then
  link /run/systemd/resolve/resolv.conf /etc/kubernetes/resolv.conf
else
  link /etc/resolv.conf /etc/kubernetes/resolv.conf
fi

# networkd would drop routes that are not its own whenever it configures a link anew.
${putFile("/etc/systemd/networkd.conf.d/hardway.conf", "[Network]\nManageForeignRoutes=no\n")}
${isOurs ? podNetwork(plan, node) : ""}`,
    delete: `${isOurs ? podNetworkUndone : ""}rm -rf /etc/hardway /etc/modules-load.d/kubernetes.conf /etc/sysctl.d/90-kubernetes.conf \\
  /etc/systemd/networkd.conf.d/hardway.conf /etc/kubernetes /opt/hardway /var/lib/hardway${isGuest ? ` ${ofGuestPaths}` : ""}
`,
  };
}

/** What only a machine that is made here gets. */
const ofGuest = (plan: ClusterPlan, node: NodePlan): string =>
  `${firstBoot}${letIn(plan)}${timerSlack(node)}\n`;

const ofGuestPaths = `${authorizedKeysPath} ${timerSlackPath}`;

const firstBoot = `# The machine is ours once cloud-init is done with its first boot.
booted() { [[ -e /var/lib/cloud/instance/boot-finished ]]; }
wait_for 900 cloud-init booted || fail "cloud-init has not finished after 900 s; see /var/log/cloud-init.log on this node"

`;

/**
 * The keys of people, on machines made here; who may log in to a host that exists already is its owner's affair. The file is
 * there without keys too, so that one that was taken out of the config lets nobody in.
 */
function letIn({ authorizedKeys }: ClusterPlan): string {
  const comment = "# Of ssh.authorizedKeys. The program's own key is in root's own file.";
  return `${putFile(authorizedKeysPath, [comment, ...authorizedKeys.map((key) => key.trim())].join("\n"), "600")}${authorizedKeys.length === 0 ? "" : keysAreRead("ssh.authorizedKeys")}`;
}

function kubernetesCommands(plan: ClusterPlan): string[] {
  return [
    ...plainCommands,
    "modprobe",
    "nft",
    ...(["iptables", "ipvs"].includes(plan.network.proxy)
      ? ["iptables-restore", "iptables-save"]
      : []),
    ...(plan.network.proxy === "ipvs" ? ["ipset"] : []),
  ];
}

function preflight(wanted: readonly string[]): string {
  return `for command in ${wanted.join(" ")}; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it"
done
`;
}

/**
 * The one kind of pod network for a cluster's whole life. Changed under running pods, some nodes would send packets the one
 * way while others answer the other way; so it is refused here, before anything on the node is touched.
 */
function keepPlugin({ network }: ClusterPlan): string {
  return `# A pod keeps the network that it was made in, so a cluster keeps its kind of network.
if [[ -e ${pluginRecord} && $(<${pluginRecord}) != ${network.plugin} ]]; then
  was=$(<${pluginRecord})
  fail "network.plugin is ${network.plugin}, but the pods here have a network of the plugin $was, which a living cluster keeps; write network.plugin: $was again, or make the cluster anew: ./lab destroy, then ./lab up"
fi
${putFile(pluginRecord, network.plugin)}`;
}

/** How pods reach pods on other nodes, and leave the cluster; there again after every boot. */
const podNetwork = (plan: ClusterPlan, node: NodePlan): string =>
  `${putFile("/etc/hardway/pod-network.nft", masquerade(plan, node))}
${putFile("/etc/hardway/pod-network.sh", podNetworkScript(plan, node), "755")}
${putFile("/etc/systemd/system/hardway-pod-network.service", podNetworkUnit(plan))}
applied() { systemctl --quiet is-active hardway-pod-network.service; }
converge hardway-pod-network.service 30 applied /etc/hardway/pod-network.nft /etc/hardway/pod-network.sh
`;

const podNetworkUndone = `remove_unit hardway-pod-network.service
ip route flush proto ${routeProtocol}
nft delete table ip hardway-pod-network 2>/dev/null || true
`;

/** Pods leave the cluster under their node's address, and keep their own inside it. */
function masquerade(plan: ClusterPlan, node: NodePlan): string {
  return `table ip hardway-pod-network
delete table ip hardway-pod-network
table ip hardway-pod-network {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${node.podNetwork} ip daddr != ${plan.network.pods} ip daddr != 224.0.0.0/4 masquerade
  }
}
`;
}

function podNetworkScript(plan: ClusterPlan, node: NodePlan): string {
  if (plan.network.plugin === "flannel") {
    return `#!/bin/bash
# How pods of ${node.name} leave the cluster; the ways to other nodes' pods are flanneld's.
set -euo pipefail
nft --file /etc/hardway/pod-network.nft
`;
  }
  const wanted = node.podRoutes.map(
    ({ node: name, network, via }) => `${network} via ${via} # ${name}`,
  );
  return `#!/bin/bash
# The way from ${node.name} to the pods of every other node. Routes of this program that are not listed are removed.
set -euo pipefail
nft --file /etc/hardway/pod-network.nft
wanted=' '
while read -r network via address _; do
  ip route replace "$network" "$via" "$address" proto ${routeProtocol}
  wanted+="$network "
done <<'ROUTES'
${wanted.map((line) => `${line}\n`).join("")}ROUTES
ip -oneline route show proto ${routeProtocol} | while read -r network _; do
  [[ $wanted == *" $network "* ]] || ip route delete "$network" proto ${routeProtocol}
done
`;
}

const podNetworkUnit = ({ network }: ClusterPlan) =>
  renderUnit({
    Unit: {
      Description:
        network.plugin === "flannel" ? "Masquerading of pods" : "Routes to the pods of other nodes",
      Documentation: "https://kubernetes.io/docs/concepts/cluster-administration/networking/",
      Wants: "network-online.target",
      After: "network-online.target",
    },
    Service: {
      Type: "oneshot",
      RemainAfterExit: "yes",
      ExecStart: "/etc/hardway/pod-network.sh",
      // At a boot the way to the other nodes may not be there yet.
      Restart: "on-failure",
      RestartSec: 5,
    },
  });
