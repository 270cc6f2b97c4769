import type { ClusterPlan, EtcdMemberPlan } from "../../plan.ts";
import type { StepScript } from "../remote/script.ts";
import { etcdctlEnvironment, etcdPaths } from "./render.ts";

/** A member as the others see it; runs on another one. */
export function renderMembership(plan: ClusterPlan, member: EtcdMemberPlan): StepScript {
  const { members } = plan.etcd;
  const others = members.filter(({ name }) => name !== member.name);
  const environment = etcdctlEnvironment(others.length === 0 ? members : others, etcdPaths);
  return {
    name: `${member.name}-etcd-member`,
    create: `# ${member.name} votes: it has caught up, and what the others agree on counts with it.
${environment}votes() { etcdctl member list | grep --quiet ", started, .*, ${member.peerUrl}, .*, false$"; }
wait_for 300 "${member.name} to vote" votes || fail "${member.name} is no voting member of etcd after 300 s: $(etcdctl member list 2>&1)"
`,
    delete: `# It leaves before it is stopped. etcd itself refuses where too few of the others would be left to agree.
${environment}gone() {
  local list id
  list=$(etcdctl member list) || return 1
  id=$(sed -n 's|^\\([0-9a-f]*\\), .*, ${member.peerUrl}, .*|\\1|p' <<<"$list")
  [[ -z $id ]] || etcdctl member remove "$id"
}
wait_for 120 "${member.name} to leave etcd" gone || fail "${member.name} could not leave etcd: $(gone 2>&1)"
`,
  };
}
