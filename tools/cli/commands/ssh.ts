import { handOver } from "../../../base/handOver.ts";
import { accessPaths, findNode } from "../../access/access.ts";
import { sshPath } from "../../access/sshPath.ts";
import { labEntrance } from "../../place/labEntrance.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab ssh` */
export const runCommand: Implementation["runCommand"] = async (
  { stack, terminal },
  { positionals: [name = ""], rest },
) => {
  const { address, port, user } = await findNode(stack, name);
  const { key, knownHosts } = accessPaths(stack);
  const { lab } = await readLabConfig(stack);
  const machine = lab.nodes.find((node) => node.name === name)?.machine;
  const keyFile = machine?.kind === "existing" ? machine.keyFile : key;
  const enter = await labEntrance(stack);
  const options = [
    // The user's ssh config may name other keys or known hosts.
    ...["-F", "none"],
    ...["-o", `UserKnownHostsFile=${sshPath(knownHosts)}`, "-o", "GlobalKnownHostsFile=none"],
    ...["-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20"],
    ...["-o", `IdentityFile=${sshPath(keyFile)}`, "-o", "IdentitiesOnly=yes"],
    ...["-p", String(port), "-l", user],
  ];
  const command = rest.length > 0 ? ["--", ...rest] : [];
  return handOver(await enter(["ssh", ...options, address, ...command]), terminal);
};
