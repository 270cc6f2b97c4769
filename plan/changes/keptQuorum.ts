import { type ConfigProblem, type Keys, problemAt } from "../../config/messages/problem.ts";
import type { Lab } from "../../model/lab.ts";
import { etcdNodes } from "../../model/roles.ts";
import type { ClusterRecord } from "../record.ts";

const quorumOf = (members: number): number => Math.floor(members / 2) + 1;

/**
 * Reports a change that leaves fewer etcd members than the existing ones' quorum. Each removal is
 * safe, since etcd commits it with all that it needs, and refuses it while too few members are
 * healthy. But on the way to one member there are two, which lose the cluster with either of them,
 * and the same `up` erases the other copies of the data.
 */
export function* belowQuorumProblems(
  lab: Lab,
  record: ClusterRecord,
): Generator<ConfigProblem, void> {
  if (!lab.allow.includes("etcd-below-quorum")) yield* belowQuorum(lab, record);
}

/** A note for each entry of `allow` that this change does not need: it would allow a later one. */
export function* idleAllowances(
  lab: Lab,
  record: ClusterRecord | undefined,
): Generator<ConfigProblem> {
  const needed = record !== undefined && !belowQuorum(lab, record).next().done;
  for (const [index, change] of lab.allow.entries()) {
    if (!needed) {
      yield problemAt(
        ["allow", index],
        `${change} is not needed by this change; remove it, so that a later mistake is refused`,
      );
    }
  }
}

function* belowQuorum(lab: Lab, record: ClusterRecord): Generator<ConfigProblem, void> {
  const before = etcdNodes(record.nodes).map(({ name }) => name);
  const members = etcdNodes(lab.nodes);
  const quorum = quorumOf(before.length);
  const [first] = members;
  if (first === undefined || members.length >= quorum) return;
  const names = new Set(members.map(({ name }) => name));
  const leaving = before.filter((name) => !names.has(name)).join(", ");
  const left = members.length === 1 ? "1 etcd member" : `${members.length} etcd members`;
  const slower = before.length > 3 ? "go to 3 members first, with ./lab up; or " : "";
  yield problemAt(
    countKeys(first.keys),
    `${left} of ${before.length} would be left, fewer than their quorum of ${quorum}: ${leaving} would leave and lose their copies of the cluster's data in one \`up\`, while the last two members tolerate no failure; ${slower}keep ${quorum === 2 ? "three" : `at least ${quorum}`} members, or write allow: [etcd-below-quorum] for this change`,
  );
}

/** Where the config says how many members there are: at a pool's count, or in `nodes`. */
function countKeys([section, name]: Keys): Keys {
  return section === "pools" && name !== undefined ? ["pools", name, "count"] : ["nodes"];
}
