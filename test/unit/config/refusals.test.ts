import { describeProblems } from "./describeProblems.ts";

/** What a program would refuse when it starts on a node, and what would take a node away. */

describeProblems("what a kubelet would refuse", [
  {
    title: "static CPUs without a reservation",
    yaml: `kubelet: {cpuManagerPolicy: static}`,
    problems: [
      "kubelet.cpuManagerPolicy: static needs CPUs reserved for the system; set kubeReserved: {cpu: 200m}, systemReserved or reservedSystemCPUs",
    ],
  },
  {
    title: "options of a misspelt policy, once",
    yaml: `
      kubelet: {cpuManagerPolicy: Static, cpuManagerPolicyOptions: {full-pcpus-only: "true"}, imagePullCredentialsVerificationPolicy: Never, preloadedImagesVerificationAllowlist: [registry.k8s.io/pause]}
    `,
    problems: [
      'kubelet.imagePullCredentialsVerificationPolicy: expected one of NeverVerify, NeverVerifyPreloadedImages, NeverVerifyAllowlistedImages, AlwaysVerify, got "Never"',
      'kubelet.cpuManagerPolicy: expected one of none, static, got "Static"; did you mean static?',
    ],
  },
  {
    title: "static CPUs as they should be",
    yaml: `
      kubelet: {cpuManagerPolicy: static, kubeReserved: {cpu: 200m}, cpuManagerPolicyOptions: {full-pcpus-only: "true"}}
    `,
    problems: [],
  },
  {
    title: "a lab's policy that each node completes",
    yaml: `
      kubelet: {cpuManagerPolicy: static}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubelet: {systemReserved: {cpu: 500m}}}}
    `,
    problems: [],
  },
  {
    title: "static memory without a reservation, with a wrong one, and with the right one",
    yaml: `
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11, kubelet: {memoryManagerPolicy: Static, systemReserved: {memory: 300Mi}}}
      pools:
        b: {count: 1, firstAddress: 10.17.0.21, roles: [worker], kubelet: {memoryManagerPolicy: Static, reservedMemory: [{numaNode: 0, limits: {memory: 200Mi}}]}}
        c: {count: 1, firstAddress: 10.17.0.31, roles: [worker], kubelet: {memoryManagerPolicy: Static, reservedMemory: [{numaNode: 0, limits: {memory: 100Mi}}]}}
    `,
    problems: [
      "nodes.a.kubelet.memoryManagerPolicy: Static needs reservedMemory of 400 MiB, which is kubeReserved, systemReserved and evictionHard together, and has 0 MiB; set reservedMemory: [{numaNode: 0, limits: {memory: 400Mi}}]",
      "pools.b.kubelet.memoryManagerPolicy: Static needs reservedMemory of 100 MiB, which is kubeReserved, systemReserved and evictionHard together, and has 200 MiB; set reservedMemory: [{numaNode: 0, limits: {memory: 100Mi}}]",
    ],
  },
  {
    title: "reservations of unknown resources, of nonsense, and of more than there is",
    yaml: `
      machines: {memoryMiB: 2048}
      kubelet: {systemReserved: {cpus: 500m, memory: 2Gi}, kubeReserved: {cpu: "-1"}, qosReserved: {cpu: 50%}}
    `,
    problems: [
      'kubelet.kubeReserved.cpu: expected an amount like 500m or 256Mi, got "-1"',
      "kubelet.systemReserved.cpus: unknown resource; expected one of cpu, memory, ephemeral-storage, pid; did you mean cpu?",
      "kubelet.qosReserved.cpu: expected memory with a percentage like memory: 50%, got cpu: 50%",
      "kubelet.systemReserved: kubeReserved, systemReserved and evictionHard leave nothing: they are 2148 MiB of memory, and the machine has 2048 MiB; lower them, or raise memoryMiB",
    ],
  },
  {
    title: "CPUs that the machine does not have",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, cpus: 2, kubelet: {reservedSystemCPUs: 0-3, kubeReserved: {cpu: "4"}}}}
    `,
    problems: [
      "nodes.cp.kubelet.kubeReserved: kubeReserved and systemReserved are 4 CPUs, and the machine has 2; lower them, or raise cpus",
      "nodes.cp.kubelet.reservedSystemCPUs: 0-3 names CPU 3, and the machine has CPUs 0 to 1; name one of these",
    ],
  },
  {
    title: "feature gates that are locked, or that others need",
    yaml: `kubelet: {featureGates: {NodeSwap: false, GracefulNodeShutdown: false}}`,
    problems: [
      "kubelet.featureGates.NodeSwap: false is refused: Kubernetes v1.36.4 has locked this feature gate to true; remove it",
      "kubelet.featureGates.GracefulNodeShutdown: false is refused: GracefulNodeShutdownBasedOnPodPriority, WindowsGracefulNodeShutdown are enabled and need it; remove it, or set GracefulNodeShutdownBasedOnPodPriority, WindowsGracefulNodeShutdown to false too",
      "kubelet.featureGates: without GracefulNodeShutdown there is no grace period, and shutdownGracePeriod is 30s; set it and shutdownGracePeriodCriticalPods to 0s, or enable the feature gate",
    ],
  },
  {
    title: "feature gates at the value that they are locked to, and without what needs them",
    yaml: `
      kubelet:
        featureGates: {NodeSwap: true, GracefulNodeShutdown: false, GracefulNodeShutdownBasedOnPodPriority: false, WindowsGracefulNodeShutdown: false}
        shutdownGracePeriod: 0s
        shutdownGracePeriodCriticalPods: 0s
    `,
    problems: [],
  },
  {
    title: "eviction",
    yaml: `
      kubelet:
        evictionHard: {memory.free: 100Mi, nodefs.available: 110%, pid.available: "0"}
        evictionSoft: {memory.available: 300Mi, imagefs.available: 100%}
        evictionSoftGracePeriod: {nodefs.available: soon}
        evictionMinimumReclaim: {memory.available: -1Mi}
    `,
    problems: [
      'kubelet.evictionHard["memory.free"]: unknown eviction signal; expected one of memory.available, allocatableMemory.available, nodefs.available, nodefs.inodesFree, imagefs.available, imagefs.inodesFree, containerfs.available, containerfs.inodesFree, pid.available',
      'kubelet.evictionHard["nodefs.available"]: expected an amount like 100Mi or 10%, above 0, got "110%"',
      'kubelet.evictionHard["pid.available"]: expected an amount like 100Mi or 10%, above 0, got "0"',
      'kubelet.evictionSoftGracePeriod["nodefs.available"]: expected a duration like 90s, got "soon"',
      'kubelet.evictionMinimumReclaim["memory.available"]: expected an amount like 100Mi or 10%, 0 or more, got "-1Mi"',
      'kubelet.evictionSoft["memory.available"]: 300Mi needs a grace period; set evictionSoftGracePeriod: {memory.available: 90s}, or use evictionHard',
    ],
  },
  {
    title: "cgroups",
    yaml: `
      kubelet: {enforceNodeAllocatable: [pods, kube-reserved, pods], systemCgroups: /system.slice}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, kubelet: {cgroupsPerQOS: false}}}
    `,
    problems: [
      "nodes.cp.kubelet.cgroupsPerQOS: cgroupsPerQOS is false, so there are no cgroups to enforce pods with; set enforceNodeAllocatable: [none], or remove cgroupsPerQOS",
      "kubelet.enforceNodeAllocatable[1]: kube-reserved needs kubeReservedCgroup, the cgroup that it limits; set it, or remove kube-reserved",
      "nodes.cp.kubelet.cgroupsPerQOS: cgroupsPerQOS is false, so there are no cgroups to enforce kube-reserved with; set enforceNodeAllocatable: [none], or remove cgroupsPerQOS",
      "kubelet.enforceNodeAllocatable[2]: pods is listed twice; remove one",
      "kubelet.systemCgroups: systemCgroups /system.slice needs cgroupRoot; set it to /, or remove systemCgroups",
    ],
  },
  {
    title: "logs, images, sysctls, TLS",
    yaml: `
      kubelet:
        containerLogMonitorInterval: 1s
        imageMaximumGCAge: 30s
        podLogsDir: logs
        allowedUnsafeSysctls: ["kernel.shm*", net.core.somaxconn, vm.swappiness]
        tlsCipherSuites: [TLS_RSA_WITH_AES_128_CBC_SHA]
        logging: {format: json, vmodule: [{filePattern: "a=b", verbosity: 2}]}
        tracing: {endpoint: "http://collector:4317"}
        userNamespaces: {idsPerPod: 1000}
        memoryReservationPolicy: TieredReservation
        preloadedImagesVerificationAllowlist: ["registry.k8s.io/*", "pause:3.10"]
        showHiddenMetricsForVersion: "1.30"
    `,
    problems: [
      'kubelet.containerLogMonitorInterval: expected a duration like 30s or 1h30m, 3s or more, got "1s"',
      'kubelet.showHiddenMetricsForVersion: expected the previous minor version, "1.35", got "1.30"',
      "kubelet.userNamespaces.idsPerPod: expected a multiple of 65536, at most 4294901760, got 1000",
      "kubelet.imageMaximumGCAge: imageMaximumGCAge 30s must be more than imageMinimumGCAge 2m; raise it, or lower the other",
      "kubelet.preloadedImagesVerificationAllowlist: the list needs imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages, which is NeverVerifyPreloadedImages; set that, or remove the list",
      'kubelet.preloadedImagesVerificationAllowlist[1]: expected an image without tag or digest, or a registry\'s images like registry.k8s.io/*, got "pause:3.10"',
      "kubelet.memoryReservationPolicy: needs the feature gate MemoryQoS; enable it, or remove this",
      'kubelet.podLogsDir: expected an absolute path without .. and double slashes, in ASCII, got "logs"; the default is /var/log/pods',
      "kubelet.tracing.endpoint: http://collector:4317 has the scheme http; write host:port, or a URL with dns, unix or unix-abstract",
      "kubelet.tlsCipherSuites: HTTP/2 requires one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; add one",
      "kubelet.allowedUnsafeSysctls[2]: the sysctl vm.swappiness is the machine's, not a pod's; only those of net, fs.mqueue and the kernel's shm, msg and sem can be allowed",
      "kubelet.logging.vmodule: format json has no vmodule; remove it, or use format text",
      'kubelet.logging.vmodule[0].filePattern: expected the name of a Go file without = and comma, got "a=b"; write a pattern like kubelet*',
    ],
  },
]);

describeProblems("what a kube-proxy would refuse", [
  {
    title: "single values",
    yaml: `kubeProxy: {iptables: {masqueradeBit: 40}, oomScoreAdj: 5000, conntrack: {maxPerCore: -1, udpTimeout: -1s}, ipvs: {scheduler: random}}`,
    problems: [
      "kubeProxy.iptables.masqueradeBit: expected a whole number from 0 to 31, got 40",
      'kubeProxy.ipvs.scheduler: expected one of rr, wrr, lc, wlc, lblc, lblcr, sh, dh, sed, nq, mh, fo, ovf, twos, got "random"',
      "kubeProxy.oomScoreAdj: expected a whole number from -1000 to 1000, got 5000",
      "kubeProxy.conntrack.maxPerCore: expected a whole number, 0 or more, got -1",
      'kubeProxy.conntrack.udpTimeout: expected a duration like 30s or 1h30m, 0s or more, got "-1s"',
    ],
  },
  {
    title: "periods of the mode that runs, and of no other",
    yaml: `
      network: {proxy: iptables}
      kubeProxy: {iptables: {minSyncPeriod: 60s, syncPeriod: 30s}, nftables: {minSyncPeriod: 2m}}
    `,
    problems: [
      "kubeProxy.iptables.minSyncPeriod: minSyncPeriod 60s is more than syncPeriod 30s; lower it, or raise the other",
    ],
  },
  {
    title: "addresses, interfaces and gates",
    yaml: `
      kubeProxy: {nodePortAddresses: [primary, 127.0.0.0/8], detectLocalMode: BridgeInterface, featureGates: {NFTablesProxyMode: false}}
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11}
        b: {roles: [worker], address: 10.17.0.12, kubeProxy: {nodePortAddresses: [10.17.0.21], detectLocal: {bridgeInterface: br0}}}
    `,
    problems: [
      "kubeProxy.featureGates.NFTablesProxyMode: false is refused: Kubernetes v1.36.4 has locked this feature gate to true; remove it",
      "kubeProxy.detectLocalMode: BridgeInterface needs detectLocal.bridgeInterface; set it, or remove detectLocalMode",
      "kubeProxy.nodePortAddresses[0]: primary excludes networks; remove it, or the networks",
      'nodes.b.kubeProxy.nodePortAddresses[0]: expected primary or networks like 10.17.0.0/24, got "10.17.0.21"',
    ],
  },
  {
    title: "addresses and periods as they should be",
    yaml: `
      network: {proxy: ipvs}
      kubeProxy: {nodePortAddresses: [10.17.0.0/24, 127.0.0.0/8], ipvs: {scheduler: lc, strictARP: true, minSyncPeriod: 0s, excludeCIDRs: [10.1.0.0/16]}}
    `,
    problems: [],
  },
]);

describeProblems("what etcd and the control plane would refuse", [
  {
    title: "etcd's numbers, durations and words",
    yaml: `flags: {etcd: {quota-backend-bytes: 8Gi, snapshot-count: many, log-level: verbose, cipher-suites: TLS_FOO, tls-min-version: TLS1.1, warning-apply-duration: 3, feature-gates: "CompactHash=true"}}`,
    problems: [
      'flags.etcd.quota-backend-bytes: expected a whole number, got "8Gi"',
      'flags.etcd.snapshot-count: expected a whole number, 0 or more, got "many"',
      'flags.etcd.log-level: expected one of debug, info, warn, error, panic, fatal, got "verbose"',
      'flags.etcd.cipher-suites: unknown cipher suite "TLS_FOO"; the program\'s documentation lists them',
      'flags.etcd.tls-min-version: expected one of TLS1.2, TLS1.3, got "TLS1.1"; did you mean TLS1.2?',
      "flags.etcd.warning-apply-duration: expected a duration like 30s or 1h30m, got 3",
      'flags.etcd.feature-gates: unknown feature gate "CompactHash"; expected some of AllAlpha, AllBeta, StopGRPCServiceOnDefrag, TxnModeWriteWithSharedBuffer, InitialCorruptCheck, CompactHashCheck, LeaseCheckpoint, LeaseCheckpointPersist, SetMemberLocalAddr',
    ],
  },
  {
    title: "an election that is too short, in one place and in two",
    yaml: `
      flags: {etcd: {heartbeat-interval: 300}}
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, flags: {etcd: {election-timeout: 1400}}}}
    `,
    problems: [
      "nodes.cp.flags.etcd.election-timeout: election-timeout 1400 must be at least 5 times heartbeat-interval, which is 300; use 1500 or more, or lower the interval",
    ],
  },
  {
    title: "an election that is too short for hardway's heartbeat under emulation, and too long",
    yaml: `
      machines: {domainType: qemu}
      flags: {etcd: {election-timeout: 2000, auto-compaction-mode: revision}}
      nodes:
        a: {roles: [control-plane], address: 10.17.0.11}
        b: {roles: [etcd], address: 10.17.0.12, flags: {etcd: {election-timeout: 60000}}}
    `,
    problems: [
      "nodes.b.flags.etcd.election-timeout: expected a number from 1 to 50000, got 60000",
      "flags.etcd.auto-compaction-mode: revision keeps a number of revisions, and auto-compaction-retention is 1h; set that to a number like 10000",
    ],
  },
  {
    title: "times that are wrong with KVM alone, if the workstation decides",
    yaml: `flags: {etcd: {heartbeat-interval: 300}, kube-scheduler: {leader-elect-renew-deadline: 20s}}`,
    problems: [],
  },
  {
    title: "names of plugins and controllers, URLs, gates",
    yaml: `
      machines: {domainType: kvm}
      flags:
        kube-apiserver: {enable-admission-plugins: "NodeRestriction,AlwaysPullImage", oidc-issuer-url: "http://id.example.org", oidc-client-id: k, feature-gates: "NodeSwap=true,DynamicResourceAllocation=false", tls-min-version: SSL3, tls-cipher-suites: TLS_RSA_WITH_AES_128_CBC_SHA, goaway-chance: 0.5}
        kube-controller-manager: {controllers: "*,-nodelifecycle,-podgc,-foo", leader-elect-renew-deadline: 20s, concurrent-job-syncs: 0}
        kube-scheduler: {leader-elect-retry-period: 9s}
    `,
    problems: [
      'flags.kube-apiserver.enable-admission-plugins: unknown admission plugin "AlwaysPullImage"; did you mean AlwaysPullImages?',
      'flags.kube-apiserver.oidc-issuer-url: expected a URL that begins with https://, got "http://id.example.org"',
      "flags.kube-apiserver.feature-gates: DynamicResourceAllocation=false is refused: Kubernetes v1.36.4 has locked this feature gate to true; remove it",
      'flags.kube-apiserver.tls-min-version: expected one of VersionTLS12, VersionTLS13, got "SSL3"',
      "flags.kube-apiserver.goaway-chance: expected a number from 0 to 0.02, got 0.5",
      'flags.kube-controller-manager.controllers: unknown controller "foo"; the program\'s documentation lists them',
      "flags.kube-controller-manager.concurrent-job-syncs: expected a number of 1 or more, got 0",
      "flags.kube-apiserver.tls-cipher-suites: HTTP/2 requires one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; add one",
      "flags.kube-controller-manager.leader-elect-renew-deadline: leader-elect-lease-duration 15s must be longer than leader-elect-renew-deadline 20s; raise it, or lower the other",
      "flags.kube-scheduler.leader-elect-retry-period: leader-elect-renew-deadline 10s must be longer than 1.2 times leader-elect-retry-period 9s; raise it, or lower the other",
    ],
  },
  {
    title: "the same as they should be",
    yaml: `
      flags:
        kube-apiserver: {enable-admission-plugins: "NodeRestriction,AlwaysPullImages", oidc-issuer-url: "https://id.example.org", oidc-client-id: k, feature-gates: "NodeSwap=true,AllAlpha=false", tls-min-version: VersionTLS13, tls-cipher-suites: TLS_AES_128_GCM_SHA256, goaway-chance: 0.02, service-node-port-range: 20000-22767, max-requests-inflight: 4e2}
        kube-controller-manager: {controllers: "*,-nodelifecycle,-pod-garbage-collector-controller", leader-elect-lease-duration: 30s, leader-elect-renew-deadline: 20s}
        etcd: {heartbeat-interval: 200, election-timeout: 1000, auto-compaction-mode: revision, auto-compaction-retention: 10000, quota-backend-bytes: 8589934592, log-level: debug}
    `,
    problems: [],
  },
  {
    title: "flags of a program under its short name",
    yaml: `flags: {apiserver: {v: 4}, controller-manager: {v: 4}, scheduler: {v: 4}}`,
    problems: [
      "flags.apiserver: unknown key; did you mean kube-apiserver?",
      "flags.controller-manager: unknown key; did you mean kube-controller-manager?",
      "flags.scheduler: unknown key; did you mean kube-scheduler?",
    ],
  },
]);

describeProblems("ports that two programs of a node would take", [
  {
    title: "an ingress at the load balancer's own ports",
    yaml: `
      ingress: {http: 80, https: 443}
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11}
        front: {roles: [worker, load-balancer], address: 10.17.0.21}
    `,
    problems: [
      "ingress.http: 80 is the port of the load balancer on nodes.front, which is a worker too; choose another, like 30080",
      "ingress.https: 443 is the port of the load balancer on nodes.front, which is a worker too; choose another, like 30443",
    ],
  },
  {
    title: "an ingress at 80 of workers that are no load balancers",
    yaml: `
      ingress: {http: 80, https: 8443}
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11}
        front: {roles: [load-balancer], address: 10.17.0.5}
        w: {roles: [worker], address: 10.17.0.21}
    `,
    problems: [],
  },
  {
    title: "an ingress with one port for both, at the kubelet's, at SSH's",
    yaml: `
      ingress: {http: 10250, https: 10250}
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11}
        front: {roles: [load-balancer], address: 10.17.0.5}
        w: {roles: [worker], address: 10.17.0.21}
    `,
    problems: [
      "ingress.https: 10250 is also ingress.http, but one port serves either HTTP or HTTPS; choose another",
      "ingress.http: 10250 is the port of the kubelet on nodes.w, which is a worker too; choose another, like 30080",
      "ingress.https: 10250 is the port of the kubelet on nodes.w, which is a worker too; choose another, like 30443",
    ],
  },
  {
    title: "a kubelet or SSH at the port of another program",
    yaml: `
      network: {nodes: 10.0.0.0/24, gateway: 10.0.0.254}
      kubelet: {port: 6443}
      nodes:
        cp: {roles: [control-plane], address: 10.0.0.2, host: {port: 2379, keyFile: k, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
        w: {roles: [worker], address: 10.0.0.3, kubelet: {port: 30500}, host: {keyFile: k, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
    `,
    problems: [
      "nodes.cp.host.port: 2379 is also the port of etcd on nodes.cp; choose another for SSH",
      "kubelet.port: 6443 is also the port of the API server on nodes.cp; choose another for the kubelet",
      "nodes.w.kubelet.port: 30500 is among the NodePorts 30000-32767, which take it from the kubelet; choose another",
    ],
  },
  {
    title: "an SSH port among NodePorts",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11}
        lb: {roles: [worker], address: 10.17.0.12, host: {port: 30022, keyFile: k, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
    `,
    problems: [],
  },
  {
    title: "a kubelet's port that is no NodePort, because a control plane moves them",
    yaml: `
      nodes:
        cp: {roles: [control-plane], address: 10.17.0.11, flags: {kube-apiserver: {service-node-port-range: 20000-22767}}}
        w: {roles: [worker], address: 10.17.0.12, kubelet: {port: 30500}}
    `,
    problems: [],
  },
  {
    title: "NodePorts",
    yaml: `
      flags: {kube-apiserver: {service-node-port-range: 80-32767}}
      nodes:
        a: {roles: [control-plane, worker], address: 10.17.0.11, flags: {kube-apiserver: {service-node-port-range: "32767-30000"}}}
    `,
    problems: [
      'nodes.a.flags.kube-apiserver.service-node-port-range: expected a range of ports like 30000-32767, got "32767-30000"',
      "flags.kube-apiserver.service-node-port-range: 80-32767 contains ports that nodes listen on: 10250 of the kubelet, 6443 of the API server, 2379 of etcd, 2380 of etcd; choose a range without them, like 30000-32767",
    ],
  },
]);

describeProblems("taints and labels that kubectl would refuse", [
  {
    title: "two taints of one key and effect",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, taints: ["dedicated=a:NoSchedule", "dedicated=a:NoExecute", "dedicated=b:NoSchedule", "dedicated:NoExecute"]}, w: {roles: [worker], address: 10.17.0.21}}
    `,
    problems: [
      "nodes.cp.taints[2]: dedicated=b:NoSchedule has the key and the effect of dedicated=a:NoSchedule, and a Node has one value for both; remove one",
      "nodes.cp.taints[3]: dedicated:NoExecute has the key and the effect of dedicated=a:NoExecute, and a Node has one value for both; remove one",
    ],
  },
  {
    title: "keys",
    yaml: `
      nodes: {cp: {roles: [control-plane], address: 10.17.0.11, labels: {"a..b/c": x, "-bad": x, "a-.b/c": x, "example.org/a.b": x}, taints: ["a..b/c=d:NoSchedule"]}}
    `,
    problems: [
      'nodes.cp.labels["a..b/c"]: expected labels with names like disk or example.org/disk, got "a..b/c"',
      'nodes.cp.labels.-bad: expected labels with names like disk or example.org/disk, got "-bad"',
      'nodes.cp.labels["a-.b/c"]: expected labels with names like disk or example.org/disk, got "a-.b/c"',
      'nodes.cp.taints[0]: expected a taint like dedicated=infra:NoSchedule, with NoSchedule, PreferNoSchedule or NoExecute, got "a..b/c=d:NoSchedule"',
    ],
  },
]);

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

describeProblems("the gateway of existing machines", [
  {
    title: "their router is theirs: no address is taken, unless they name it",
    yaml: `
      network: {nodes: 10.0.0.0/24}
      nodes:
        a: {roles: [control-plane], address: 10.0.0.1, host: {keyFile: k, hostKey: ${hostKey}}}
        b: {roles: [worker], address: 10.0.0.2, host: {keyFile: k, hostKey: ${hostKey}}}
    `,
    problems: [],
  },
  {
    title: "the router that they name",
    yaml: `
      network: {nodes: 10.0.0.0/24, gateway: 10.0.0.254}
      nodes:
        a: {roles: [control-plane], address: 10.0.0.254, host: {keyFile: k, hostKey: ${hostKey}}}
    `,
    problems: [
      "nodes.a.address: 10.0.0.254 is the gateway of network.nodes 10.0.0.0/24; nodes may have 10.0.0.1 to 10.0.0.254",
    ],
  },
  {
    title: "beside a guest, the first address is the gateway's again",
    yaml: `
      network: {nodes: 10.0.0.0/24, gateway: 10.0.0.254}
      nodes:
        a: {roles: [control-plane], address: 10.0.0.2, host: {keyFile: k, hostKey: ${hostKey}}}
        b: {roles: [worker], address: 10.0.0.3}
    `,
    problems: [
      "network.gateway: 10.0.0.254 cannot be set without network.bridge: the gateway is the first address of network.nodes; remove it",
    ],
  },
]);

describeProblems("files that would lock hardway out or stop the machine", [
  {
    title: "SSH, network, firewall, boot, and the system's own files",
    yaml: `
      files:
        /etc/ssh/sshd_config.d/01-hard.conf: {content: "PermitRootLogin no"}
        /etc/netplan/50-cloud-init.yaml: {content: "network: {}"}
        /run/systemd/network/10-x.network: {content: x}
        /etc/nftables.conf: {content: flush ruleset}
        /etc/fstab: {content: x}
        /etc/sudoers.d/x: {content: x}
        /usr/lib/systemd/system/kubelet.service: {content: x}
        /bin/sh: {content: x}
        /opt/a: {content: x}
        /opt/a/b: {content: x}
        /etc: {content: x}
        /etc/security/limits.d/99-files.conf: {content: "* soft nofile 65536"}
        /etc/systemd/system/kubelet.service.d/20-proxy.conf: {content: "[Service]"}
    `,
    problems: [
      'files["/etc/ssh/sshd_config.d/01-hard.conf"]: configures the SSH server, through which hardway reaches the node; remove it',
      'files["/etc/netplan/50-cloud-init.yaml"]: configures the network, through which hardway reaches the node; write network, or remove it',
      'files["/run/systemd/network/10-x.network"]: configures the network, through which hardway reaches the node; write network, or remove it',
      'files["/etc/nftables.conf"]: removes the rules of kube-proxy and of the pod network at every boot; remove it',
      'files["/etc/fstab"]: can stop the machine from booting; remove it',
      'files["/etc/sudoers.d/x"]: grants root\'s rights; write sudo in users',
      'files["/usr/lib/systemd/system/kubelet.service"]: is managed by hardway; choose another path',
      'files["/bin/sh"]: belongs to the packages of the operating system; choose a path in /usr/local or /opt',
      'files["/opt/a/b"]: /opt/a is a file too, so it cannot be a directory; remove one',
      'files["/etc"]: is a directory of the operating system; choose the path of a file in it',
    ],
  },
]);
