import { expect } from "vitest";
import { etcdPaths } from "../../../components/etcd/etcdMember.ts";
import type { CommandResult } from "../../../harness/machines/machinesLab.ts";

/** Runs a shell command on a node. */
interface Reaches {
  ssh(node: string, command: string): Promise<CommandResult>;
}

/** Runs etcdctl on a member, connected to this member only. */
function etcdctl(reach: Reaches, node: string, args: string): Promise<CommandResult> {
  const { authority, cert, key } = etcdPaths;
  const flags = `--endpoints https://127.0.0.1:2379 --cacert ${authority} --cert ${cert} --key ${key}`;
  return reach.ssh(node, `sudo /usr/local/bin/etcdctl ${flags} ${args}`);
}

/**
 * The fields of each line of `etcdctl member list`: ID, status, name, peer URLs, client URLs,
 * learner.
 */
async function etcdMembers(reach: Reaches, node: string): Promise<string[][]> {
  const { exitCode, stdout, stderr } = await etcdctl(reach, node, "member list");
  // It may have printed a warning and retried, because the leader changed after the loss of a
  // member.
  expect(exitCode, stderr).toBe(0);
  return stdout.split("\n").map((line) => line.split(", "));
}

/** The names of etcd's voting members, according to the member on `node`. */
export async function etcdVoters(reach: Reaches, node: string): Promise<string[]> {
  return (await etcdMembers(reach, node))
    .filter(([, status, , , , isLearner]) => status === "started" && isLearner === "false")
    .map(([, , name = ""]) => name)
    .sort();
}

/**
 * Checks that the member on `node` refuses to remove `leaving`, because the rest would have no
 * quorum. Without a leader it refuses too.
 */
export async function expectMemberKept(
  reach: Reaches,
  node: string,
  leaving: string,
): Promise<void> {
  const members = await etcdMembers(reach, node);
  const id = members.find(([, , name]) => name === leaving)?.[0] ?? "";
  expect(id).not.toBe("");
  const answer = async () => {
    const { exitCode, stdout, stderr } = await etcdctl(reach, node, `member remove ${id}`);
    return exitCode === 0 ? `let go: ${stdout}` : stderr;
  };
  // A removed member is unknown, and a second removal is never refused.
  await expect
    .poll(answer, { timeout: 60_000 })
    .toMatch(/unhealthy cluster|not enough started members/);
}

/** The node that has the load balancers' shared address. */
export async function addressHolders(
  reach: Reaches,
  nodes: readonly { readonly name: string }[],
  address: string,
): Promise<string[]> {
  const answers = nodes.map(async ({ name }) => {
    const { stdout } = await reach.ssh(name, `ip -oneline address show to ${address}`);
    return stdout === "" ? [] : [name];
  });
  return (await Promise.all(answers)).flat();
}
