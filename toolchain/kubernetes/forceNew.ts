import type { Manifest } from "./manifest.ts";

/** The provider's options that affect replacement. */
export interface Mutability {
  readonly isConfigMapMutable: boolean;
  readonly isSecretMutable: boolean;
}

const workload = ["spec.selector"];

const podFields = [
  "affinity",
  "automountServiceAccountToken",
  "containers[*]",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "initContainers[*]",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
];

/** Fields that the server does not change in place, by group and kind; `[*]` is any element. */
const fields: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": workload,
  "apps/Deployment": workload,
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "policy/PodDisruptionBudget": [],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": ["spec.csi", "spec.hostPath", "spec.iscsi", "spec.local", "spec.nfs"],
  "/PersistentVolumeClaim": [
    "spec.accessModes",
    "spec.selector",
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "/Pod": podFields.map((name) => `spec.${name}`),
  "/ResourceQuota": ["spec.scopes"],
  "/Service": ["spec.clusterIP"],
};

/**
 * The fields whose change requires a new object. ConfigMaps and Secrets are immutable by default: a
 * new name makes their users roll out again.
 * Source: https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/diff.go
 */
export function forceNewFields(manifest: Manifest, mutability: Mutability): readonly string[] {
  const always = ["metadata.name", "metadata.namespace"];
  const [group = ""] = manifest.apiVersion.includes("/") ? manifest.apiVersion.split("/") : [""];
  const isImmutable = manifest.immutable === true;
  const key = `${group}/${manifest.kind}`;
  if (key === "/Secret") {
    const isData = !mutability.isSecretMutable || isImmutable;
    return [...always, "type", ...(isData ? ["stringData", "data"] : [])];
  }
  if (key === "/ConfigMap") {
    const isData = !mutability.isConfigMapMutable || isImmutable;
    return [...always, ...(isData ? ["binaryData", "data"] : [])];
  }
  return [...always, ...(fields[key] ?? [])];
}

/** True if `path` is one of the fields, is inside one, or contains one. */
export function isForced(path: string, forced: readonly string[]): boolean {
  const steps = stepsOf(path);
  return forced.some((field) => {
    const wanted = stepsOf(field);
    const length = Math.min(steps.length, wanted.length);
    for (let index = 0; index < length; index++) {
      if (wanted[index] !== "*" && wanted[index] !== steps[index]) return false;
    }
    return true;
  });
}

/** `spec.containers[0].image` as [spec, containers, 0, image]. */
export function stepsOf(path: string): string[] {
  const steps = path.match(/\["(?:[^"\\]|\\.)*"\]|\[[^\]]*\]|[^.[]+/g) ?? [];
  return steps.map((step) => step.replace(/^\["?|"?\]$/g, ""));
}
