import { UserError } from "../../../base/errors.ts";
import { handOver } from "../../../base/handOver.ts";
import { findNode } from "../../access/access.ts";
import { labEntrance } from "../../place/labEntrance.ts";
import { nonInteractive } from "../../place/virsh.ts";
import { readLabConfig } from "../../pulumi/labConfig.ts";
import type { Implementation } from "../labCommand.ts";

/** `lab console` */
export const runCommand: Implementation["runCommand"] = async (
  { stack, terminal },
  { positionals: [name = ""] },
) => {
  const { guest } = await findNode(stack, name);
  if (guest === undefined) {
    throw new UserError(`${name} is an existing machine; lab has no access to its console`);
  }
  const { hypervisors } = await readLabConfig(stack);
  const own = hypervisors.find((hypervisor) => hypervisor.name === guest.hypervisor);
  const uri = own?.uri ?? "qemu:///system";
  const enter = await labEntrance(stack);
  terminal.say(`console of ${guest.domain}; Ctrl-] ends it`);
  return handOver(
    await enter(["virsh", "--connect", nonInteractive(uri), "console", guest.domain]),
    terminal,
  );
};
