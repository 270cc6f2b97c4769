/** Kinds of the API's own groups whose objects have no namespace; for others the server is asked. */
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
 * Whether objects of a kind have a namespace, as far as that can be said without a server: undefined for kinds that
 * come with a CustomResourceDefinition.
 */
export function isNamespacedKind(apiVersion: string, kind: string): boolean | undefined {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
  const isBuiltIn = !group.includes(".") || group.endsWith(".k8s.io");
  return isBuiltIn ? !CLUSTER_SCOPED.has(kind) : undefined;
}
