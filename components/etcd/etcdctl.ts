import type { EtcdMemberPlan } from "../../plan/clusterPlan.ts";

/** The environment in which etcdctl talks to these members, with these files. */
export function etcdctlEnvironment(
  endpoints: readonly EtcdMemberPlan[],
  files: { readonly authority: string; readonly cert: string; readonly key: string },
): string {
  return `export ETCDCTL_ENDPOINTS=${endpoints.map(({ clientUrl }) => clientUrl).join(",")}
export ETCDCTL_CACERT=${files.authority} ETCDCTL_CERT=${files.cert} ETCDCTL_KEY=${files.key}
`;
}
