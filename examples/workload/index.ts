import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface LabNode {
  readonly address: string;
  readonly roles: readonly string[];
}

const nodePort = 30_088;
const labels = { app: "hello" };

const stack = new pulumi.Config().require("lab");
const lab = new pulumi.StackReference(stack);

const provider = new kubernetes.Provider("lab", {
  // A secret there, so a secret here.
  kubeconfig: lab.requireOutput("kubeconfig"),
  // Without it, a kubeconfig with a renewed certificate would recreate every object.
  clusterIdentifier: stack,
});

const namespace = new kubernetes.core.v1.Namespace(
  "hello",
  {
    metadata: { name: "hello", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
  { provider },
);
const metadata = { name: "hello", namespace: namespace.metadata.name, labels };

new kubernetes.apps.v1.Deployment(
  "hello",
  {
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "agnhost",
              // The mirror of every lab serves this image.
              image: "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
              args: ["netexec", "--http-port=8080", "--udp-port=-1"],
              ports: [{ name: "http", containerPort: 8080 }],
              readinessProbe: { httpGet: { path: "/hostname", port: "http" }, timeoutSeconds: 5 },
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
  { provider },
);

new kubernetes.core.v1.Service(
  "hello",
  {
    metadata,
    spec: {
      type: "NodePort",
      selector: labels,
      ports: [{ name: "http", port: 80, targetPort: "http", nodePort }],
    },
  },
  { provider },
);

/** Where the workload answers: on every worker. */
export const urls = lab
  .requireOutput("nodes")
  .apply((nodes: readonly LabNode[]) =>
    nodes
      .filter(({ roles }) => roles.includes("worker"))
      .map(({ address }) => `http://${address}:${nodePort}/hostname`),
  );
