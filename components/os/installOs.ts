import { authorizedKeysPath } from "../../cloudinit/authorizedKeys.ts";
import { proxyNeeds } from "../../model/proxyNeeds.ts";
import { isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, GuestPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { forwardRules, networkScript } from "../node/networks/networkScript.ts";
import { podNetworkRules, podNetworkScript, routeProtocol } from "../node/networks/paths.ts";
import type { NodeNetwork } from "../node/networks/podNetwork.ts";
import { podNetworkOf } from "../node/networks/podNetworkOf.ts";
import { type ComponentFile, computed, file, type Installation } from "../remote/component.ts";
import { renderUnit } from "../remote/unit.ts";
import { checkSshdReadsKeyDirectory } from "./checkAuthorizedKeys.ts";
import { timerSlackFiles, timerSlackPath } from "./timerSlack.ts";

/** Commands that the image must provide; no package manager installs anything. */
const plainCommands = ["curl", "flock", "gzip", "ip", "sha256sum", "sysctl", "tar"];

const sysctls = {
  "net.bridge.bridge-nf-call-iptables": 1,
  "net.bridge.bridge-nf-call-ip6tables": 1,
  "net.ipv4.ip_forward": 1,
};

const paths = {
  modules: "/etc/modules-load.d/kubernetes.conf",
  sysctl: "/etc/sysctl.d/90-kubernetes.conf",
  networkd: "/etc/systemd/networkd.conf.d/hardway.conf",
  resolvConf: "/etc/kubernetes/resolv.conf",
  /** Which kind of pod network the node was created with. */
  podNetworkRecord: "/var/lib/hardway/pod-network",
} as const;

/** The directories of all steps, removed with the operating-system step. */
const leaves = ["/opt/hardway", "/var/lib/hardway"];

/**
 * The state of every node before any component: booted, with modules, forwarding, and pod routes.
 */
export function installOs(plan: ClusterPlan, node: NodePlan): Installation<never> {
  const machine = partsOfMachine(plan, node);
  return isKubernetesNode(node)
    ? installKubernetesOs(plan, node, machine)
    : installPlainOs(machine);
}

/** A machine that runs no pods, for etcd or a load balancer alone, keeps its kernel's settings. */
const installPlainOs = (machine: MachineParts): Installation<never> => ({
  about: "The machine before any component: booted, and with the commands that the steps need.",
  prepare: `${machine.prepare}${requireCommands(plainCommands)}`,
  files: machine.files,
  leaves: [...machine.leaves, ...leaves],
});

function installKubernetesOs(
  plan: ClusterPlan,
  node: NodePlan,
  machine: MachineParts,
): Installation<never> {
  const { nodeNetwork, kernelModules } = podNetworkOf(plan);
  const modules = [
    ...baseModules,
    ...kernelModules,
    ...proxyNeeds[plan.network.proxy].kernelModules,
  ];
  return {
    about: "The machine before any component: booted, with modules, forwarding, and pod routes.",
    prepare: `${machine.prepare}${requireCgroups(node)}${requireCommands(kubernetesCommands(plan))}${keepPodNetwork(plan)}`,
    files: [
      ...machine.files,
      file(paths.podNetworkRecord, plan.network.podNetwork.kind, { onChange: "nothing" }),
      file(paths.modules, `${modules.join("\n")}\n`, {
        onChange: "nothing",
        apply: `modprobe --all ${modules.join(" ")} || fail "the kernel lacks a module of: ${modules.join(" ")}"\n`,
      }),
      file(
        paths.sysctl,
        Object.entries(sysctls)
          .map(([key, value]) => `${key} = ${value}\n`)
          .join(""),
        { onChange: "nothing", apply: `sysctl --quiet --load ${paths.sysctl}\n` },
      ),
      computed(paths.resolvConf, linkResolvConf, {
        onChange: "nothing",
        comment:
          "Pods that ask the node's name server must not be sent to a stub on the node's own loopback.",
      }),
      file(paths.networkd, "[Network]\nManageForeignRoutes=no\n", {
        onChange: "nothing",
        comment: "Otherwise networkd drops foreign routes whenever it configures a link.",
      }),
      ...(nodeNetwork === undefined ? [] : nodeNetworkFiles(plan, node, nodeNetwork)),
    ],
    leaves: ["/etc/hardway", "/etc/kubernetes", ...leaves, ...machine.leaves],
    ...(nodeNetwork === undefined
      ? {}
      : { unit: nodeNetworkUnit(nodeNetwork), onRemove: removeNodeNetwork(plan) }),
  };
}

/** Modules that pods' networks and containers' file systems need, loaded at every boot. */
const baseModules = ["br_netfilter", "nf_conntrack", "overlay"];

const kubernetesCommands = (plan: ClusterPlan): string[] => [
  ...plainCommands,
  "modprobe",
  "nft",
  ...proxyNeeds[plan.network.proxy].commands,
];

function requireCommands(wanted: readonly string[]): string {
  return `for command in ${wanted.join(" ")}; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it"
done
`;
}

/**
 * The kubelet would not start on cgroup v1, but only after the control plane was installed:
 * https://kubernetes.io/docs/concepts/architecture/cgroups/#deprecation-of-cgroup-v1
 */
function requireCgroups({ kubelet }: NodePlan): string {
  if (kubelet.failCgroupV1 === false) return "";
  return `# /sys/fs/cgroup is a tmpfs on cgroup v1, and on a mix of both.
[[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]] || fail "this machine has cgroup v1, on which the kubelet does not start; boot it with systemd.unified_cgroup_hierarchy=1 on the kernel's command line, or write kubelet: {failCgroupV1: false}"
`;
}

/** Parts of the operating-system step that depend on where the machine comes from. */
type MachineParts = Required<Pick<Installation<never>, "prepare" | "files" | "leaves">>;

function partsOfMachine(plan: ClusterPlan, { machine }: NodePlan): MachineParts {
  switch (machine.kind) {
    case "guest":
      return {
        prepare: awaitFirstBoot(machine),
        files: [authorizedKeys(plan), consoleLogin, ...timerSlackFiles(machine)],
        leaves: [timerSlackPath],
      };
    case "existing":
      return { prepare: "", files: [], leaves: [] };
  }
}

/**
 * The serial console needs no password, because root has none: who reaches the console through
 * libvirt can read the disk too. agetty(8); the other options are those of serial-getty@.service.
 */
const consoleLogin = file(
  "/etc/systemd/system/serial-getty@ttyS0.service.d/hardway-autologin.conf",
  `# \`./lab console\` logs in as root.
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200,57600,38400,9600 - $TERM
`,
  {
    onChange: "nothing",
    apply: "systemctl daemon-reload\nsystemctl try-restart serial-getty@ttyS0.service\n",
  },
);

/** A guest belongs to the program once cloud-init has finished its first boot. */
function awaitFirstBoot({ domainType }: GuestPlan): string {
  const first = `# cloud-init must have finished this machine's first boot.
booted() { [[ -e /var/lib/cloud/instance/boot-finished ]]; }
wait_for 900 cloud-init booted || fail "cloud-init has not finished after 900 s; see /var/log/cloud-init.log on this node"
`;
  // A machine that was emulated before may have it.
  return domainType === "kvm" ? `${first}rm -f ${timerSlackPath}\n` : first;
}

/**
 * The keys of `ssh.authorizedKeys`, on guests only: the owner of an existing machine decides who
 * may log in. The file exists without keys too, so that a key that was removed from the config no
 * longer works.
 */
function authorizedKeys({ authorizedKeys: keys }: ClusterPlan): ComponentFile<never> {
  const comment = "# Of ssh.authorizedKeys. The program's own key is in root's own file.";
  return file(authorizedKeysPath, [comment, ...keys.map((key) => key.trim())].join("\n"), {
    mode: "600",
    onChange: "nothing",
    ...(keys.length === 0 ? {} : { apply: checkSshdReadsKeyDirectory("ssh.authorizedKeys") }),
  });
}

/**
 * A cluster keeps its kind of pod network: if it changed under running pods, some nodes would send
 * packets one way while others answer the other way. So a change is refused before anything on the
 * node is changed.
 */
function keepPodNetwork({ network: { podNetwork } }: ClusterPlan): string {
  const { kind } = podNetwork;
  return `# A pod keeps the network that it was created in, so a cluster keeps its kind of network.
if [[ -e ${paths.podNetworkRecord} && $(<${paths.podNetworkRecord}) != ${kind} ]]; then
  was=$(<${paths.podNetworkRecord})
  fail "network.plugin is ${kind}, but the pods here have a network of the plugin $was, which a living cluster keeps; write network.plugin: $was again, or recreate the cluster: ./lab destroy, then ./lab up"
fi
`;
}

const linkResolvConf = `if [[ -e /run/systemd/resolve/resolv.conf ]]; then
  link /run/systemd/resolve/resolv.conf ${paths.resolvConf}
else
  link /etc/resolv.conf ${paths.resolvConf}
fi
`;

/** How pods reach pods on other nodes, and leave the cluster. */
const nodeNetworkFiles = (
  plan: ClusterPlan,
  node: NodePlan,
  network: NodeNetwork,
): ComponentFile<never>[] => [
  file(podNetworkRules, masquerade(plan, node)),
  file(podNetworkScript, networkScript(plan, node, network), { mode: "755" }),
];

const nodeNetworkUnit = ({ description }: NodeNetwork): Installation["unit"] & object => ({
  name: "hardway-pod-network.service",
  mode: "644",
  text: renderUnit({
    Unit: {
      Description: description,
      Documentation: "https://kubernetes.io/docs/concepts/cluster-administration/networking/",
      Wants: "network-online.target",
      After: "network-online.target",
    },
    Service: {
      Type: "notify",
      // systemd-notify is a child of the script.
      NotifyAccess: "all",
      ExecStart: podNetworkScript,
      // At boot the network to the other nodes may not be there yet.
      Restart: "always",
      RestartSec: 5,
    },
  }),
  healthy: "systemctl --quiet is-active hardway-pod-network.service",
  withinSeconds: 30,
});

const removeNodeNetwork = ({
  network,
}: ClusterPlan): string => `ip route flush proto ${routeProtocol}
nft delete table ip hardway-pod-network 2>/dev/null || true
${forwardRules(network.pods)
  .map((rule) => `iptables --wait --delete FORWARD ${rule} 2>/dev/null || true\n`)
  .join("")}`;

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
