import { messageOf } from "../../base/errors.ts";
import { labCommand } from "../../base/labCommand.ts";
import type { Session } from "../../base/session.ts";
import { nodeResource, userKeyResource } from "../../model/names.ts";
import type { ClusterPlan, NodePlan } from "../../plan/clusterPlan.ts";
import { guestUser } from "../../plan/planCluster.ts";
import { recordOf } from "../../plan/record.ts";
import type { Engine } from "../pulumi/engineInterface.ts";
import { exportState, type Find, finder } from "../pulumi/stackState.ts";
import { keyIn } from "../pulumi/stateKeys.ts";
import { wasUp, writeSshAccess } from "./access.ts";

/**
 * After a first `up` that failed: writes what `./lab ssh` and `./lab console` need, as far as the
 * state has it. Files of an earlier `up` stay. A failure here only goes to the log, since that of
 * the `up` matters.
 *
 * @param plan plans the stack; it fails if the config is wrong
 */
export async function writeAccessSoFar(
  { stack, log, signal, terminal }: Session,
  engine: Pick<Engine, "output">,
  plan: () => Promise<ClusterPlan>,
): Promise<void> {
  if (signal.aborted || (await wasUp(stack))) return;
  try {
    const planned = await plan();
    const find = finder(await exportState(engine, { showSecrets: true }));
    const reachable = { ...planned, nodes: planned.nodes.filter((node) => loginTo(node, find)) };
    const { nodes } = recordOf(reachable, (node) => {
      const login = loginTo(node, find);
      if (login === undefined) throw new Error(`${node.name} has no host key`);
      return { ...login, ready: false };
    });
    if (nodes.length === 0) return;
    await writeSshAccess(stack, { nodes, sshKey: keyIn(find, userKeyResource)?.privateKey ?? "" });
    const names = nodes.map(({ name }) => name).join(", ");
    terminal.say(
      `log in to ${names} with \`${labCommand(stack, "ssh NODE")}\` or \`${labCommand(stack, "console NODE")}\``,
    );
  } catch (error) {
    log.write(`no access files: ${messageOf(error)}`);
  }
}

/** How to log in to a node's machine; undefined if the machine has no host key yet. */
function loginTo({ name, machine }: NodePlan, find: Find) {
  switch (machine.kind) {
    case "guest": {
      const hostKey = keyIn(find, nodeResource.hostKey(name))?.publicKey;
      return hostKey === undefined ? undefined : { user: guestUser, port: 22, hostKey };
    }
    case "existing": {
      const { user, port, hostKey } = machine;
      return { user, port, hostKey };
    }
  }
}
