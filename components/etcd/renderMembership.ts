import { stepResource } from "../../model/names.ts";
import type { ClusterPlan, EtcdMemberPlan } from "../../plan/clusterPlan.ts";
import type { StepScript } from "../remote/script.ts";
import { etcdctlEnvironment } from "./etcdctl.ts";
import { etcdPaths } from "./etcdMember.ts";

/** A member's entry in the member list. The step runs on another member. */
export function renderMembership(plan: ClusterPlan, member: EtcdMemberPlan): StepScript {
  const { members } = plan.etcd;
  const others = members.filter(({ name }) => name !== member.name);
  const environment = etcdctlEnvironment(others.length === 0 ? members : others, etcdPaths);
  return {
    name: stepResource(member.name, "etcd-member"),
    create: `# ${member.name} votes: it has caught up, and what the others agree on counts with it.
${environment}votes() { etcdctl member list | grep --quiet ", started, .*, ${member.peerUrl}, .*, false$"; }
wait_for 300 "${member.name} to vote" votes || fail "${member.name} is no voting member of etcd after 300 s: $(etcdctl member list 2>&1)"
`,
    delete: `# It leaves before it is stopped. etcd itself refuses where too few of the others would be left to agree.
${environment}# A leader that leaves hands over first: what it has not told the others yet would fail.
hand_over() {
  local status heir
  status=$(ETCDCTL_ENDPOINTS=${member.clientUrl} etcdctl --command-timeout 5s --write-out fields endpoint status) || return 0
  [[ $(sed -n 's/^"MemberID" : //p' <<<"$status") == $(sed -n 's/^"Leader" : //p' <<<"$status") ]] || return 0
  heir=$(sed -n '\\|, ${member.peerUrl}, |d; s/^\\([0-9a-f]*\\), started, .*, false$/\\1/p' <<<"$1" | head -n 1)
  ETCDCTL_ENDPOINTS=${member.clientUrl} etcdctl move-leader "$heir"
}
gone() {
  local list id
  list=$(etcdctl member list) || return 1
  id=$(sed -n 's|^\\([0-9a-f]*\\), .*, ${member.peerUrl}, .*|\\1|p' <<<"$list")
  [[ -z $id ]] || { hand_over "$list" && etcdctl member remove "$id"; }
}
wait_for 120 "${member.name} to leave etcd" gone || fail "${member.name} could not leave etcd: $(gone 2>&1)"
`,
  };
}
