import { parse, stringify } from "yaml";
import { apiServerFlags } from "../../components/controlplane/apiServerFlags.ts";
import { controllerManagerFlags } from "../../components/controlplane/kubeControllerManager.ts";
import { schedulerConfig } from "../../components/controlplane/kubeScheduler.ts";
import { etcdFlags } from "../../components/etcd/etcdMember.ts";
import { kubeletConfig } from "../../components/node/kubelet.ts";
import { kubeProxyConfig } from "../../components/node/kubeProxy.ts";
import { isControlPlane, isKubernetesNode } from "../../model/roles.ts";
import type { ClusterPlan, EtcdMemberPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { accountKeys, type DryRun } from "./dryRun.ts";

/**
 * How to make each program validate its config and then stop, as any user and without changing
 * anything: every path that it would read or write next is missing, and its address is not of this
 * machine.
 */

/** RFC 5737: an address of documentation, which no machine has. */
const nowhere = "192.0.2.1";
const missing = "missing/file";

/** In place of a node's own values, so that equal nodes have equal runs. */
const neutral = { node: "node", cluster: "lab" };

const config = "config.yaml";

type Flags = Readonly<Record<string, string | number | boolean>>;

/** Flags that name a file or a directory. */
const isPath = /(authority|ca|cert|certificate|config|dir|file|key|kubeconfig|path)$/;

/** Files are missing; all else is as on the node. */
const argsOf = (flags: Flags): string[] =>
  Object.entries(flags)
    .map(
      ([flag, value]) =>
        `--${flag}=${isPath.test(flag) && String(value).startsWith("/") ? missing : value}`,
    )
    .sort();

/** The dry runs of one node: one for each program that validates its config. */
export function dryRunsOf(plan: ClusterPlan, node: NodePlan): DryRun[] {
  const member = plan.etcd.members.find(({ name }) => name === node.name);
  return [
    ...(isKubernetesNode(node) ? [kubelet(plan, node)] : []),
    ...(isKubernetesNode(node) && plan.network.proxy !== "none" ? [kubeProxy(plan, node)] : []),
    ...(isControlPlane(node)
      ? [apiServer(plan, node), controllers(plan, node), scheduler(plan, node)]
      : []),
    ...(member === undefined ? [] : [etcd(plan, member)]),
  ];
}

/** ValidateKubeletConfiguration, then the missing kubeconfig. */
function kubelet(plan: ClusterPlan, node: NodePlan): DryRun {
  const settings = parse(kubeletConfig(plan, node)) as object;
  return {
    program: "kubelet",
    // The workstation may have cgroup v1; nodes have version 2.
    files: { [config]: stringify({ ...settings, failCgroupV1: false }) },
    args: [
      `--config=${config}`,
      `--kubeconfig=${missing}`,
      `--hostname-override=${neutral.node}`,
      "--root-dir=root",
      "--cert-dir=pki",
    ],
  };
}

/** It writes what it has read, after Validate, and ends. */
function kubeProxy(plan: ClusterPlan, node: NodePlan): DryRun {
  const settings = parse(kubeProxyConfig(plan, node)) as object;
  return {
    program: "kube-proxy",
    files: {
      [config]: stringify({ ...settings, hostnameOverride: neutral.node, bindAddress: nowhere }),
    },
    args: [`--config=${config}`, "--write-config-to=/dev/null"],
  };
}

/** Validate of all options, then a listener at an address that is not of this machine. */
function apiServer(plan: ClusterPlan, node: NodePlan): DryRun {
  const { managed, defaults } = apiServerFlags(plan, node);
  return {
    program: "kube-apiserver",
    files: {},
    args: argsOf({
      ...managed,
      ...defaults,
      ...node.flags["kube-apiserver"],
      "advertise-address": nowhere,
      "bind-address": nowhere,
      "etcd-servers": `https://${nowhere}:2379`,
      "service-account-key-file": accountKeys.public,
      "service-account-signing-key-file": accountKeys.private,
    }),
  };
}

/** Validate of all options, then the missing kubeconfig. */
function controllers(plan: ClusterPlan, node: NodePlan): DryRun {
  const { managed, defaults } = controllerManagerFlags(plan);
  return {
    program: "kube-controller-manager",
    files: {},
    args: argsOf({
      ...managed,
      ...defaults,
      "cluster-name": neutral.cluster,
      "tls-cert-file": "/missing",
      "tls-private-key-file": "/missing",
      ...node.flags["kube-controller-manager"],
    }),
  };
}

/** Validate of its config file and flags, then the missing kubeconfig. */
function scheduler(plan: ClusterPlan, node: NodePlan): DryRun {
  const settings = parse(schedulerConfig(plan)) as object;
  return {
    program: "kube-scheduler",
    files: { [config]: stringify({ ...settings, clientConnection: { kubeconfig: missing } }) },
    args: [
      `--config=${config}`,
      ...argsOf({
        "authentication-kubeconfig": "/missing",
        "authorization-kubeconfig": "/missing",
        "bind-address": "127.0.0.1",
        "tls-cert-file": "/missing",
        "tls-private-key-file": "/missing",
        ...node.flags["kube-scheduler"],
      }),
    ],
  };
}

/** Config.Validate, then a listener at an address that is not of this machine. */
function etcd(plan: ClusterPlan, member: EtcdMemberPlan): DryRun {
  const { managed, defaults } = etcdFlags(plan, member);
  return {
    program: "etcd",
    files: {},
    args: argsOf({
      ...managed,
      ...defaults,
      ...member.flags,
      name: neutral.node,
      "advertise-client-urls": `https://${nowhere}:2379`,
      "initial-advertise-peer-urls": `https://${nowhere}:2380`,
      "initial-cluster": `${neutral.node}=https://${nowhere}:2380`,
      "initial-cluster-token": neutral.cluster,
      "listen-client-urls": `https://${nowhere}:2379`,
      "listen-metrics-urls": `http://${nowhere}:2381`,
      "listen-peer-urls": `https://${nowhere}:2380`,
    }),
  };
}
