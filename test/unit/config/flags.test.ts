import { expect, test } from "vitest";
import { apiServerFlags } from "../../../components/controlplane/apiServerFlags.ts";
import { controllerManagerFlags } from "../../../components/controlplane/kubeControllerManager.ts";
import { schedulerFlags } from "../../../components/controlplane/kubeScheduler.ts";
import { etcdFlags } from "../../../components/etcd/etcdMember.ts";
import { recordedFlags } from "../../../config/schema/flags.ts";
import { haCluster, labOf, planOf } from "../../../harness/program/labs.ts";
import { flaggedPrograms } from "../../../model/lab.ts";
import {
  type ManagedFlags,
  managedFlagRemedy,
  managedFlags,
} from "../../../model/managed/flags.ts";
import { isControlPlane } from "../../../model/roles.ts";
import { describeProblems } from "./describeProblems.ts";

describeProblems("flags of components", [
  {
    title: "flags that their programs know",
    yaml: `
      flags:
        kube-apiserver: {event-ttl: 2h, v: 4, goaway-chance: 0.001, oidc-issuer-url: "https://id.example.org", oidc-client-id: kubernetes, enable-admission-plugins: "NodeRestriction,AlwaysPullImages"}
        kube-controller-manager: {node-monitor-grace-period: 20s, feature-gates: "HPAScaleToZero=true,kube:AllBeta=false", controllers: "*,-ttl"}
        kube-scheduler: {leader-elect-lease-duration: 30s}
        etcd: {quota-backend-bytes: 4294967296, feature-gates: "StopGRPCServiceOnDefrag=true", compaction-sleep-interval: 10ms}
    `,
    problems: [],
  },
  {
    title: "flags that no program knows",
    yaml: `
      flags:
        kube-apiserver: {event-tll: 2h, --event-ttl: 2h, --evnt-ttl: 2h, constructor: 1}
        etcd: {quota-backend-byte: 1}
    `,
    problems: [
      "flags.kube-apiserver.event-tll: unknown flag: kube-apiserver v1.36.4 does not have it; did you mean event-ttl?",
      "flags.kube-apiserver.--event-ttl: write event-ttl, without dashes",
      "flags.kube-apiserver.--evnt-ttl: unknown flag: kube-apiserver v1.36.4 does not have it; did you mean event-ttl?",
      "flags.kube-apiserver.constructor: unknown flag: kube-apiserver v1.36.4 does not have it",
      "flags.etcd.quota-backend-byte: unknown flag: etcd v3.6.14 does not have it; did you mean quota-backend-bytes?",
    ],
  },
  {
    title: "flags that are the program's, with the way to what is wanted",
    yaml: `
      flags:
        kube-apiserver: {service-cluster-ip-range: 10.33.0.0/16, anonymous-auth: true, version: true}
        kube-controller-manager: {cluster-cidr: 10.201.0.0/16, leader-elect: false}
        kube-scheduler: {kube-api-qps: 100}
        etcd: {data-dir: /srv/etcd, initial-cluster-state: existing, listen-metrics-urls: "http://0.0.0.0:2381"}
    `,
    problems: [
      "flags.kube-apiserver.service-cluster-ip-range: is managed by hardway: write network.services; remove it",
      "flags.kube-apiserver.anonymous-auth: is managed by hardway: add users to people, or set up an OIDC issuer with the flags oidc-…; remove it",
      "flags.kube-apiserver.version: is managed by hardway: with this flag the program prints something and exits; remove it",
      "flags.kube-controller-manager.cluster-cidr: is managed by hardway: every node has a /24 of network.pods; remove it",
      "flags.kube-controller-manager.leader-elect: is managed by hardway: only one of several instances may be active; remove it",
      "flags.kube-scheduler.kube-api-qps: is managed by hardway: it is set in the scheduler's config file, which overrides the flag; remove it",
      "flags.etcd.data-dir: is managed by hardway: its data is in /var/lib/etcd, where all steps expect it; remove it",
      "flags.etcd.initial-cluster-state: is managed by hardway: the nodes with the role etcd are its members; remove it",
      "flags.etcd.listen-metrics-urls: is managed by hardway: members and API servers connect to the node's address, health checks to 127.0.0.1; remove it",
    ],
  },
  {
    title: "a regular expression, which has backslashes and dollar signs",
    yaml: String.raw`
      flags: {kube-apiserver: {cors-allowed-origins: '^https://a\.example\.org$,//127.0.0.1(:|$)'}}
    `,
    problems: [],
  },
  {
    title: "values of another type",
    yaml: `
      flags:
        kube-apiserver: {event-ttl: 2 hours, v: "4", profiling: "true", goaway-chance: often, runtime-config: "a=b c=d", default-watch-cache-size: 1}
        kube-controller-manager: {concurrent-gc-syncs: 1.5}
        kube-scheduler: {vmodule: ""}
    `,
    problems: [
      'flags.kube-apiserver.event-ttl: expected a duration like 30s or 1h30m, got "2 hours"',
      'flags.kube-apiserver.v: expected a whole number, got "4"; write 4 without quotes',
      'flags.kube-apiserver.profiling: expected true or false, got "true"; write true without quotes',
      'flags.kube-apiserver.goaway-chance: expected a number, got "often"',
      'flags.kube-apiserver.runtime-config: expected text without spaces and quotes, got "a=b c=d"',
      "flags.kube-apiserver.default-watch-cache-size: unknown flag: kube-apiserver v1.36.4 does not have it",
      "flags.kube-controller-manager.concurrent-gc-syncs: expected a whole number, got 1.5",
      'flags.kube-scheduler.vmodule: expected text without spaces and quotes, got ""',
    ],
  },
  {
    title: "values of no flag at all, beside a mistake elsewhere",
    yaml: `
      flags:
        kube-apiserver: {disable-admission-plugins: [A, B], event-tll: 2h}
        kube-proxy: {v: 2}
        etcd: [snapshot-count]
      kubelet: {maxPods: 999}
    `,
    problems: [
      "kubelet.maxPods: expected a whole number from 1 to 253, got 999",
      'flags.kube-apiserver.disable-admission-plugins: expected a flag\'s value: text, a number, true or false, got ["A","B"]; write "A,B"',
      'flags.etcd: expected a mapping of flags without their dashes, like v: 4, got ["snapshot-count"]',
      "flags.kube-proxy: unknown key; did you mean kubeProxy?",
      "flags.kube-apiserver.event-tll: unknown flag: kube-apiserver v1.36.4 does not have it; did you mean event-ttl?",
    ],
  },
  {
    title: "feature gates and admission plugins",
    yaml: `
      flags:
        kube-apiserver: {feature-gates: "NodeSwapp=true", enable-admission-plugins: AlwaysPullImages, disable-admission-plugins: "NodeRestriction"}
        kube-scheduler: {feature-gates: NodeSwap}
    `,
    problems: [
      "flags.kube-apiserver.feature-gates: unknown feature gate NodeSwapp: Kubernetes v1.36.4 does not have it; did you mean NodeSwap?",
      "flags.kube-apiserver.enable-admission-plugins: without NodeRestriction a kubelet may change other nodes; write NodeRestriction,AlwaysPullImages",
      "flags.kube-apiserver.disable-admission-plugins: without NodeRestriction a kubelet may change other nodes; remove it",
      'flags.kube-scheduler.feature-gates: expected feature gates like NodeSwap=true,AllAlpha=false, got "NodeSwap"',
    ],
  },
  {
    title: "flags where their program does not run",
    yaml: `
      pools:
        w: {count: 2, firstAddress: 10.17.0.21, roles: [worker], flags: {kube-scheduler: {v: 4}, etcd: {v: 1}}}
        e: {count: 1, firstAddress: 10.17.0.31, roles: [etcd], flags: {etcd: {snapshot-count: 5000}}}
    `,
    problems: [
      "pools.w.flags.kube-scheduler: no kube-scheduler runs here; remove it, or give it to nodes with the role control-plane",
      "pools.w.flags.etcd: no etcd runs here; remove it, or give it to nodes with the role etcd",
    ],
  },
  {
    title: "where etcd has nodes of its own, none runs on a control plane",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11, flags: {etcd: {snapshot-count: 5000}}}
        e: {roles: [etcd], address: 10.17.0.31}
    `,
    problems: [
      "nodes.cp.flags.etcd: no etcd runs here; remove it, or give it to nodes with the role etcd",
    ],
  },
  {
    title: "a pool of none with that role is no such node",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, flags: {etcd: {snapshot-count: 5000}}}}
      pools: {e: {count: 0, roles: [etcd], firstAddress: 10.17.0.31}}
    `,
    problems: [],
  },
]);

describeProblems("kube-proxy settings", [
  {
    title: "settings that it knows",
    yaml: `kubeProxy: {nodePortAddresses: [10.17.0.0/24], conntrack: {tcpBeLiberal: true}, clientConnection: {qps: 20}, detectLocalMode: NodeCIDR}`,
    problems: [],
  },
  {
    title: "settings that it does not know, or of another type",
    yaml: `
      kubeProxy: {nodePortAddress: [primary], configSyncPeriod: 15, iptables: {masqueradeAl: true}, detectLocalMode: Node}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubeProxy: {conntrack: {min: many}}}}
    `,
    problems: [
      "kubeProxy.iptables.masqueradeAl: unknown key; did you mean masqueradeAll?",
      'kubeProxy.detectLocalMode: expected one of ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix, got "Node"',
      "kubeProxy.configSyncPeriod: expected a duration like 30s or 1h30m, above 0s, got 15",
      "kubeProxy.nodePortAddress: unknown key; did you mean nodePortAddresses?",
      'nodes.cp.kubeProxy.conntrack.min: expected a whole number, 0 or more, got "many"',
    ],
  },
  {
    title: "settings that this program owns",
    yaml: `kubeProxy: {mode: ipvs, bindAddress: 10.17.0.99, clusterCIDR: 10.0.0.0/8, clientConnection: {kubeconfig: /etc/x}, kind: KubeProxyConfiguration}`,
    problems: [
      "kubeProxy.clientConnection.kubeconfig: is managed by hardway; it connects to the API's address as its own user; remove it",
      "kubeProxy.bindAddress: is managed by hardway; it is the node's address; remove it",
      "kubeProxy.mode: is managed by hardway; write network.proxy",
      "kubeProxy.clusterCIDR: is managed by hardway; write network.pods",
      "kubeProxy.kind: is managed by hardway; remove it",
    ],
  },
  {
    title: "feature gates that no program knows",
    yaml: `
      kubeProxy: {featureGates: {NodeSwapp: true, AllBeta: false}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubeProxy: {featureGates: {IPVS: true}}}}
    `,
    problems: [
      "kubeProxy.featureGates.NodeSwapp: unknown feature gate: Kubernetes v1.36.4 does not have it; did you mean NodeSwap?",
      "nodes.cp.kubeProxy.featureGates.IPVS: unknown feature gate: Kubernetes v1.36.4 does not have it",
    ],
  },
  {
    title: "where there is no kube-proxy",
    yaml: `
      network: {proxy: none}
      kubeProxy: {oomScoreAdj: -998}
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11, kubeProxy: {}}
        lb: {roles: [load-balancer], address: 10.17.0.5, kubeProxy: {}}
    `,
    problems: [
      "nodes.lb.kubeProxy: load-balancer alone has no kubelet and no Node; remove it",
      "kubeProxy: network.proxy is none, so no kube-proxy runs; remove it",
      "nodes.cp.kubeProxy: network.proxy is none, so no kube-proxy runs; remove it",
      "nodes.lb.kubeProxy: network.proxy is none, so no kube-proxy runs; remove it",
    ],
  },
]);

test("a node's flags override the lab's, flag by flag", () => {
  const { nodes } = labOf({
    flags: { "kube-apiserver": { v: 2, "event-ttl": "2h" }, etcd: { "snapshot-count": 5000 } },
    kubeProxy: { oomScoreAdj: -998 },
    nodes: {
      a: {
        roles: ["control-plane"],
        address: "10.17.0.11",
        flags: { "kube-apiserver": { v: 4 }, "kube-scheduler": { v: 5 } },
        kubeProxy: { oomScoreAdj: -997 },
      },
      b: { roles: ["worker"], address: "10.17.0.21" },
    },
  });
  expect(nodes.map(({ flags, kubeProxy }) => ({ flags, kubeProxy }))).toEqual([
    {
      flags: {
        "kube-apiserver": { v: 4, "event-ttl": "2h" },
        "kube-scheduler": { v: 5 },
        etcd: { "snapshot-count": 5000 },
      },
      kubeProxy: { oomScoreAdj: -997 },
    },
    {
      flags: { "kube-apiserver": { v: 2, "event-ttl": "2h" }, etcd: { "snapshot-count": 5000 } },
      kubeProxy: { oomScoreAdj: -998 },
    },
  ]);
});

test("every managed flag is one that its program has", () => {
  const unknown = flaggedPrograms.flatMap((program) => {
    const known = Object.keys(recordedFlags[program].flags);
    return managedFlags[program].flatMap(({ set = [], unset }: ManagedFlags) => [
      ...set.filter((flag) => !known.includes(flag)),
      ...(unset === undefined || known.some((flag) => unset.test(flag)) ? [] : [String(unset)]),
    ]);
  });
  expect(unknown).toEqual([]);
});

test("the config may override every default of the units, and sets no other flag of theirs", () => {
  const plan = planOf(labOf(haCluster, "ha"));
  const [node] = plan.nodes.filter(isControlPlane);
  const [member] = plan.etcd.members;
  if (node === undefined || member === undefined) throw new Error("no control plane");
  const flagsOf = {
    "kube-apiserver": apiServerFlags(plan, node),
    "kube-controller-manager": controllerManagerFlags(plan),
    "kube-scheduler": schedulerFlags,
    etcd: etcdFlags(plan, member),
  };
  for (const program of flaggedPrograms) {
    const { managed, defaults } = flagsOf[program];
    const isManaged = (flag: string) => managedFlagRemedy(program, flag) !== undefined;
    expect({ program, free: Object.keys(managed).filter((flag) => !isManaged(flag)) }).toEqual({
      program,
      free: [],
    });
    expect({ program, refused: Object.keys(defaults).filter(isManaged) }).toEqual({
      program,
      refused: [],
    });
  }
});
