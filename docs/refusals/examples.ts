/** A config that hardway refuses; the page shows its errors as they are printed. */
export interface Example {
  /** Why it is refused, as a sentence without a full stop. */
  readonly why: string;
  /** YAML under `hardway:cluster`; its top-level keys override those of the base. */
  readonly yaml: string;
}

/** Sections of the page, in its order. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  "Shape and values": [
    { why: "A typing error must not become a default", yaml: "netwrok: {}" },
    { why: "Other tools' words are common", yaml: "network: {podCidr: 10.200.0.0/16}" },
    { why: "A value of another type would be read differently", yaml: 'kubelet: {maxPods: "50"}' },
  ],
  "Networks and nodes": [
    { why: "Two networks cannot share addresses", yaml: "network: {pods: 10.32.0.0/12}" },
    {
      why: "Each node needs a different address",
      yaml: "nodes: {a: {roles: [control-plane], address: 10.17.0.11}, b: {roles: [worker], address: 10.17.0.11}}",
    },
    {
      why: "An even number of etcd members tolerates no more losses than one member less",
      yaml: "api: {address: 10.17.0.10}\npools: {lb: {count: 2, roles: [load-balancer], firstAddress: 10.17.0.5}}\nnodes: {a: {roles: [control-plane], address: 10.17.0.11}, b: {roles: [control-plane], address: 10.17.0.12}}",
    },
  ],
  "The kubelet": [
    {
      why: "The static policy needs CPUs for the system",
      yaml: "kubelet: {cpuManagerPolicy: static}",
    },
    {
      why: "The kubelet does not start without a grace period",
      yaml: "kubelet: {evictionSoft: {memory.available: 300Mi}}",
    },
    {
      why: "Kubernetes locks a feature gate when the feature is stable",
      yaml: "kubelet: {featureGates: {NodeSwap: false}}",
    },
    {
      why: "A node cannot reserve more than it has",
      yaml: "machines: {memoryMiB: 2048}\nkubelet: {systemReserved: {memory: 2Gi}}",
    },
    {
      why: "A limit needs the cgroup that it applies to",
      yaml: "kubelet: {enforceNodeAllocatable: [pods, kube-reserved]}",
    },
  ],
  "kube-proxy": [
    {
      why: "kube-proxy does not start with both",
      yaml: "kubeProxy: {nodePortAddresses: [primary, 127.0.0.0/8]}",
    },
    {
      why: "kube-proxy needs the name of the bridge",
      yaml: "kubeProxy: {detectLocalMode: BridgeInterface}",
    },
  ],
  "etcd and the control plane": [
    {
      why: "A follower must miss several heartbeats before it calls an election",
      yaml: "flags: {etcd: {heartbeat-interval: 300, election-timeout: 1000}}",
    },
    {
      why: "etcd's help calls it a string, but it is a number of bytes",
      yaml: "flags: {etcd: {quota-backend-bytes: 8Gi}}",
    },
    {
      why: "The API server does not start with a plugin that it does not have",
      yaml: 'flags: {kube-apiserver: {enable-admission-plugins: "NodeRestriction,AlwaysPullImage"}}',
    },
    {
      why: "Tokens must not travel in plain text",
      yaml: 'flags: {kube-apiserver: {oidc-issuer-url: "http://id.example.org", oidc-client-id: k}}',
    },
    {
      why: "A lost leadership must be noticed before another leader begins",
      yaml: "machines: {domainType: kvm}\nflags: {kube-scheduler: {leader-elect-renew-deadline: 20s}}",
    },
  ],
  Ports: [
    {
      why: "The load balancer would connect to itself until it has no connections left",
      yaml: "ingress: {http: 80}\nnodes: {cp: {roles: [control-plane], address: 10.17.0.11}, front: {roles: [worker, load-balancer], address: 10.17.0.21}}",
    },
    {
      why: "A NodePort takes the packets of a program that listens on the same port",
      yaml: "flags: {kube-apiserver: {service-node-port-range: 80-32767}}",
    },
    { why: "Two programs cannot listen on one port", yaml: "kubelet: {port: 6443}" },
  ],
  "Labels and taints": [
    {
      why: "A Node has at most one taint of each key and effect",
      yaml: 'nodes: {cp: {roles: [control-plane], address: 10.17.0.11, taints: ["dedicated=a:NoSchedule", "dedicated=b:NoSchedule"]}}',
    },
    {
      why: "A prefix is a DNS name",
      yaml: "nodes: {cp: {roles: [control-plane], address: 10.17.0.11, labels: {a..b/c: x}}}",
    },
  ],
  Files: [
    {
      why: "hardway would be locked out at the next boot",
      yaml: "files: {/etc/ssh/sshd_config.d/01-hard.conf: {content: PermitRootLogin no}}",
    },
    {
      why: "Services would be gone after the next boot",
      yaml: "files: {/etc/nftables.conf: {content: flush ruleset}}",
    },
    {
      why: "The package manager would replace it, or fail",
      yaml: "files: {/usr/bin/python3: {content: x}}",
    },
  ],
};
