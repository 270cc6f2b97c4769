import { dnsTolerations } from "../../model/taints.ts";
import type { ClusterPlan } from "../../plan/clusterPlan.ts";

/**
 * The cluster's own objects, as plain data. Their types are the API's; @pulumi/kubernetes takes
 * them unchanged.
 */

const coreDnsLabels = { "k8s-app": "kube-dns" };
const smokeLabels = { app: "smoke" };

/** The namespace of the workload that proves that the cluster works. */
export const smokeNamespace = "smoke";

/** https://coredns.io/plugins/ */
function corefile(plan: ClusterPlan): string {
  return `.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes ${plan.network.clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
        max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}

/** The provider waits until an object is ready, unless an annotation says that it cannot be. */
const annotated = <Metadata extends object>(metadata: Metadata, isAwaited: boolean) =>
  isAwaited ? metadata : { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } };

/** CoreDNS: one Deployment behind the address that every kubelet gives its pods. */
export function coreDns(plan: ClusterPlan) {
  const metadata = { name: "coredns", namespace: "kube-system", labels: coreDnsLabels };
  // Without kube-proxy, CoreDNS cannot reach the API until kube-proxy's replacement runs, which is
  // installed after `up`.
  const isAwaited = plan.network.proxy !== "none";
  return {
    serviceAccount: { metadata },
    clusterRole: {
      metadata: { name: "system:coredns" },
      rules: [
        {
          apiGroups: [""],
          resources: ["endpoints", "services", "pods", "namespaces"],
          verbs: ["list", "watch"],
        },
        {
          apiGroups: ["discovery.k8s.io"],
          resources: ["endpointslices"],
          verbs: ["list", "watch"],
        },
      ],
    },
    clusterRoleBinding: {
      metadata: { name: "system:coredns" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:coredns",
      },
      subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
    },
    configMap: { metadata, data: { Corefile: corefile(plan) } },
    service: {
      metadata: { ...annotated(metadata, isAwaited), name: "kube-dns" },
      spec: {
        clusterIP: plan.network.dnsService,
        selector: coreDnsLabels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
          { name: "metrics", port: 9153, protocol: "TCP" },
        ],
      },
    },
    deployment: {
      metadata: annotated(metadata, isAwaited),
      spec: {
        replicas: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: coreDnsLabels },
        template: {
          metadata: { labels: coreDnsLabels },
          spec: {
            priorityClassName: "system-cluster-critical",
            serviceAccountName: "coredns",
            dnsPolicy: "Default",
            tolerations: [...dnsTolerations],
            // DNS survives the loss of a node; with a single node, both pods run there.
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: coreDnsLabels },
              },
            ],
            containers: [
              {
                name: "coredns",
                image: plan.images.coredns,
                args: ["-conf", "/etc/coredns/Corefile"],
                resources: {
                  requests: { cpu: "50m", memory: "70Mi" },
                  limits: { memory: "170Mi" },
                },
                ports: [
                  { name: "dns", containerPort: 53, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                  { name: "metrics", containerPort: 9153, protocol: "TCP" },
                ],
                livenessProbe: {
                  httpGet: { path: "/health", port: 8080 },
                  initialDelaySeconds: 60,
                  timeoutSeconds: 5,
                  failureThreshold: 5,
                },
                readinessProbe: {
                  httpGet: { path: "/ready", port: 8181 },
                  periodSeconds: 2,
                  timeoutSeconds: 5,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
                  readOnlyRootFilesystem: true,
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
          },
        },
      },
    },
  };
}

/** The API server's access to kubelets, which `kubectl logs` and `exec` need. */
export const kubeletAccess = {
  metadata: { name: "hardway:kubelet-api" },
  roleRef: {
    apiGroup: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    name: "system:kubelet-api-admin",
  },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kube-apiserver" }],
};

/**
 * A web server on every worker without taints, behind a Service: `up` ends when pods run on all of
 * them and the Service reaches them. Without such a worker, `up` does not wait.
 */
export function smoke(plan: ClusterPlan) {
  const metadata = annotated(
    { name: "smoke", namespace: smokeNamespace, labels: smokeLabels },
    plan.runsOrdinaryPods,
  );
  return {
    namespace: {
      metadata: {
        name: smokeNamespace,
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      },
    },
    service: {
      metadata,
      spec: { selector: smokeLabels, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    },
    daemonSet: {
      metadata,
      spec: {
        selector: { matchLabels: smokeLabels },
        template: {
          metadata: { labels: smokeLabels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: "agnhost",
                image: plan.images.agnhost,
                args: ["netexec", "--http-port=8080", "--udp-port=-1"],
                ports: [{ name: "http", containerPort: 8080 }],
                readinessProbe: {
                  httpGet: { path: "/hostname", port: 8080 },
                  periodSeconds: 2,
                  timeoutSeconds: 5,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                  runAsNonRoot: true,
                  runAsUser: 65_532,
                  seccompProfile: { type: "RuntimeDefault" },
                },
              },
            ],
          },
        },
      },
    },
  };
}
