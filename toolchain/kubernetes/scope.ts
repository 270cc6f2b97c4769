/** Cluster-scoped kinds of the built-in API groups; for other kinds the server is asked. */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "FlowSchema",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
]);

/**
 * True if a kind is namespaced; undefined for kinds of a CustomResourceDefinition, which only the
 * server knows.
 */
export function isNamespacedKind(apiVersion: string, kind: string): boolean | undefined {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
  const isBuiltIn = !group.includes(".") || group.endsWith(".k8s.io");
  return isBuiltIn ? !CLUSTER_SCOPED.has(kind) : undefined;
}
