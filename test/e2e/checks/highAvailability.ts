import { expect } from "vitest";
import { etcdPaths } from "../../../components/etcd/render.ts";
import type { CommandResult } from "../machines/startMachines.ts";

/** Whoever runs a shell command on a node. */
interface Reaches {
  ssh(node: string, command: string): Promise<CommandResult>;
}

/** Who votes in etcd, by name, as the member on `node` says. */
export async function etcdVoters(reach: Reaches, node: string): Promise<string[]> {
  const { authority, cert, key } = etcdPaths;
  const flags = `--endpoints https://127.0.0.1:2379 --cacert ${authority} --cert ${cert} --key ${key}`;
  const { stdout, stderr } = await reach.ssh(
    node,
    `sudo /usr/local/bin/etcdctl ${flags} member list`,
  );
  expect(stderr).toBe("");
  return stdout
    .split("\n")
    .map((line) => line.split(", "))
    .filter(([, status, , , , isLearner]) => status === "started" && isLearner === "false")
    .map(([, , name = ""]) => name)
    .sort();
}

/** Which of the nodes has the address that load balancers share. */
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
