import type { PodNetworkAccess } from "../podNetwork.ts";
import { flannelGroup } from "./flanneld.ts";

/** flanneld reads every node's pod network, and writes its own endpoint into its Node. */
export const flannelAccess: PodNetworkAccess = {
  name: "flannel",
  clusterRole: {
    metadata: { name: flannelGroup },
    rules: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
    ],
  },
  clusterRoleBinding: {
    metadata: { name: flannelGroup },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: flannelGroup },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: flannelGroup }],
  },
};
