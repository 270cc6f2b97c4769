import type { EtcdMemberPlan } from "../../plan/clusterPlan.ts";

/** The environment that makes etcdctl use these members and these files. */
export function etcdctlEnvironment(
  endpoints: readonly EtcdMemberPlan[],
  files: { readonly authority: string; readonly cert: string; readonly key: string },
): string {
  return `export ETCDCTL_ENDPOINTS=${endpoints.map(({ clientUrl }) => clientUrl).join(",")}
export ETCDCTL_CACERT=${files.authority} ETCDCTL_CERT=${files.cert} ETCDCTL_KEY=${files.key}
`;
}
