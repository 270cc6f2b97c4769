import { describeProblems } from "./describeProblems.ts";

describeProblems("kubelet settings", [
  {
    title: "unknown setting",
    yaml: `kubelet: {maxPod: 50}`,
    problems: ["kubelet.maxPod: unknown key; did you mean maxPods?"],
  },
  {
    title: "unknown setting at each place",
    yaml: `
      kubelet: {maxpods: 50}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubelet: {evictionhard: {}}}}
      pools: {w: {count: 1, firstAddress: 10.17.0.21, roles: [worker], kubelet: {podPidLimit: 1}}}
    `,
    problems: [
      "kubelet.maxpods: unknown key; did you mean maxPods?",
      "nodes.cp.kubelet.evictionhard: unknown key; did you mean evictionHard?",
      "pools.w.kubelet.podPidLimit: unknown key; did you mean podPidsLimit?",
    ],
  },
  {
    title: "unknown setting of a mapping inside",
    yaml: `kubelet: {logging: {verbose: 4}, memorySwap: {behavior: LimitedSwap}}`,
    problems: [
      "kubelet.memorySwap.behavior: unknown key; known here: swapBehavior",
      "kubelet.logging.verbose: unknown key; known here: format, flushFrequency, verbosity, vmodule, options",
    ],
  },
  {
    title: "a flag of the command line",
    yaml: `kubelet: {"--max-pods": 50, node-ip: 10.17.0.11}`,
    problems: [
      "kubelet.--max-pods: unknown key; did you mean maxPods?",
      "kubelet.node-ip: unknown key",
    ],
  },
  {
    title: "settings that this program owns",
    yaml: `kubelet: {authentication: {anonymous: {enabled: true}}, authorization: {mode: AlwaysAllow}, readOnlyPort: 10255, kind: KubeletConfiguration, clusterDNS: [10.32.0.10]}`,
    problems: [
      "kubelet.readOnlyPort: is managed by hardway; remove it",
      "kubelet.authentication: is managed by hardway; remove it",
      "kubelet.authorization: is managed by hardway; remove it",
      "kubelet.clusterDNS: is managed by hardway; remove it",
      "kubelet.kind: is managed by hardway; remove it",
    ],
  },
  {
    title: "wrong types",
    yaml: `kubelet: {maxPods: "50", seccompDefault: "yes", syncFrequency: 60, containerLogMaxSize: 10, allowedUnsafeSysctls: net.core.somaxconn, evictionHard: 5, memoryThrottlingFactor: 2}`,
    problems: [
      "kubelet.syncFrequency: expected a duration like 30s or 1h30m, 0s or more, got 60",
      'kubelet.maxPods: expected a whole number from 1 to 253, got "50"',
      "kubelet.evictionHard: expected a mapping, got 5",
      'kubelet.containerLogMaxSize: expected text, got 10; write "10" with quotes',
      'kubelet.allowedUnsafeSysctls: expected a list, got "net.core.somaxconn"',
      'kubelet.seccompDefault: expected true or false, got "yes"',
      "kubelet.memoryThrottlingFactor: expected a number above 0, at most 1, got 2",
    ],
  },
  {
    title: "wrong types inside",
    yaml: `kubelet: {evictionHard: {memory.available: 100}, systemReserved: {cpu: 0.5}, featureGates: {NodeSwap: "true"}, reservedMemory: [{numaNode: "0", limits: {memory: lots}}]}`,
    problems: [
      'kubelet.evictionHard["memory.available"]: expected text, got 100; write "100" with quotes',
      'kubelet.featureGates.NodeSwap: expected true or false, got "true"',
      'kubelet.systemReserved.cpu: expected text, got 0.5; write "0.5" with quotes',
      'kubelet.reservedMemory[0].numaNode: expected a whole number, got "0"',
      'kubelet.reservedMemory[0].limits.memory: expected an amount like 100Mi or 500m, got "lots"',
    ],
  },
  {
    title: "out of bounds",
    yaml: `kubelet: {maxPods: 254, podPidsLimit: -2, imageGCHighThresholdPercent: 101, oomScoreAdj: 1001, containerLogMaxFiles: 1, maxParallelImagePulls: 0}`,
    problems: [
      "kubelet.oomScoreAdj: expected a whole number from -1000 to 1000, got 1001",
      "kubelet.imageGCHighThresholdPercent: expected a whole number from 0 to 100, got 101",
      "kubelet.maxPods: expected a whole number from 1 to 253, got 254",
      "kubelet.podPidsLimit: expected a whole number, -1 or more, got -2",
      "kubelet.maxParallelImagePulls: expected a whole number, 1 or more, got 0",
      "kubelet.containerLogMaxFiles: expected a whole number, 2 or more, got 1",
    ],
  },
  {
    title: "words that the kubelet does not know",
    yaml: `kubelet: {cpuManagerPolicy: Static, topologyManagerPolicy: singlenuma, memorySwap: {swapBehavior: On}, tlsMinVersion: VersionTLS10, hairpinMode: veth}`,
    problems: [
      'kubelet.tlsMinVersion: expected one of VersionTLS12, VersionTLS13, got "VersionTLS10"; did you mean VersionTLS12?',
      'kubelet.cpuManagerPolicy: expected one of none, static, got "Static"; did you mean static?',
      'kubelet.topologyManagerPolicy: expected one of none, best-effort, restricted, single-numa-node, got "singlenuma"',
      'kubelet.hairpinMode: expected one of hairpin-veth, promiscuous-bridge, none, got "veth"',
      'kubelet.memorySwap.swapBehavior: expected one of NoSwap, LimitedSwap, got "On"',
    ],
  },
  {
    title: "durations",
    yaml: `kubelet: {syncFrequency: 1 min, nodeStatusUpdateFrequency: 10sec, imageMinimumGCAge: 2m30s, imageMaximumGCAge: "0"}`,
    problems: [
      'kubelet.syncFrequency: expected a duration like 30s or 1h30m, 0s or more, got "1 min"',
      'kubelet.nodeStatusUpdateFrequency: expected a duration like 30s or 1h30m, 0s or more, got "10sec"',
    ],
  },
  {
    title: "feature gates",
    yaml: `kubelet: {featureGates: {NodeSwapp: true, MyOwn: false, NodeSwap: true}}`,
    problems: [
      "kubelet.featureGates.NodeSwapp: unknown feature gate: Kubernetes v1.36.4 does not have it; did you mean NodeSwap?",
      "kubelet.featureGates.MyOwn: unknown feature gate: Kubernetes v1.36.4 does not have it",
    ],
  },
  {
    title: "thresholds that cross",
    yaml: `kubelet: {imageGCHighThresholdPercent: 70}`,
    problems: [
      "kubelet.imageGCHighThresholdPercent: imageGCLowThresholdPercent 80 must be less than imageGCHighThresholdPercent 70; lower it, or raise the other",
    ],
  },
  {
    title: "thresholds that cross between the cluster and a node, reported at the node",
    yaml: `
      kubelet: {imageGCHighThresholdPercent: 60, imageGCLowThresholdPercent: 50}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubelet: {imageGCLowThresholdPercent: 65}}}
    `,
    problems: [
      "nodes.cp.kubelet.imageGCLowThresholdPercent: imageGCLowThresholdPercent 65 must be less than imageGCHighThresholdPercent 60; lower it, or raise the other",
    ],
  },
  {
    title: "parallel pulls",
    yaml: `kubelet: {maxParallelImagePulls: 4, serializeImagePulls: true}`,
    problems: [
      "kubelet.maxParallelImagePulls: maxParallelImagePulls 4 needs serializeImagePulls: false",
    ],
  },
  {
    title: "parallel pulls as they should be",
    yaml: `{kubelet: {maxParallelImagePulls: 4, serializeImagePulls: false}, nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubelet: {maxParallelImagePulls: 2}}}}`,
    problems: [],
  },
  {
    title: "grace periods",
    yaml: `kubelet: {shutdownGracePeriod: 1m, shutdownGracePeriodCriticalPods: 1m1s}`,
    problems: [
      "kubelet.shutdownGracePeriodCriticalPods: shutdownGracePeriodCriticalPods 1m1s is part of shutdownGracePeriod 1m and cannot be longer; lower it, or raise the other",
    ],
  },
  {
    title: "a grace period shorter than what critical pods get of it",
    yaml: `kubelet: {shutdownGracePeriod: 5s, shutdownGracePeriodCriticalPods: 10s}`,
    problems: [
      "kubelet.shutdownGracePeriodCriticalPods: shutdownGracePeriodCriticalPods 10s is part of shutdownGracePeriod 5s and cannot be longer; lower it, or raise the other",
    ],
  },
  {
    title: "grace periods without hardway's defaults",
    yaml: `
      kubelet: {shutdownGracePeriod: 0s}
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11}
        b: {roles: [worker], address: 10.17.0.12, kubelet: {shutdownGracePeriod: 5s}}
        c: {roles: [worker], address: 10.17.0.13, kubelet: {shutdownGracePeriodByPodPriority: [{priority: 0, shutdownGracePeriodSeconds: 30}]}}
    `,
    problems: [],
  },
  {
    title: "grace periods by priority",
    yaml: `kubelet: {shutdownGracePeriod: 30s, shutdownGracePeriodByPodPriority: [{priority: 0, shutdownGracePeriodSeconds: 30}]}`,
    problems: [
      "kubelet.shutdownGracePeriodByPodPriority: shutdownGracePeriodByPodPriority replaces shutdownGracePeriod 30s; set that and shutdownGracePeriodCriticalPods to 0s",
    ],
  },
  {
    title: "not a mapping",
    yaml: `kubelet: [maxPods]`,
    problems: [
      'kubelet: expected a mapping of KubeletConfiguration settings, such as maxPods: 50, got ["maxPods"]',
    ],
  },
]);
